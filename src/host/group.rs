//! One expensive commit, shared by all callers that wait for it.
//!
//! The first caller leads: it takes all requests that wait, commits them together and hands out the
//! answers. Those that arrive meanwhile wait, and one of them leads the next round. Nobody waits for
//! company: a single caller commits at once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex};

/// Commits several requests at once.
pub(super) trait Worker {
    /// What a caller wants.
    type Request;
    /// What it gets.
    type Answer;

    /// Commits `batch` and answers each request in its order. When it returns, all is decided.
    fn commit(&mut self, batch: &[Self::Request]) -> Vec<Self::Answer>;
}

/// A worker and its queue.
pub(super) struct Group<W: Worker> {
    queue: Mutex<Queue<W::Request, W::Answer>>,
    answered: Condvar,
    worker: Mutex<W>,
    batch_max: usize,
}

struct Queue<Q, A> {
    next: u64,
    waiting: VecDeque<(u64, Q)>,
    // `None`: the worker gave no answer to this request.
    answers: HashMap<u64, Option<A>>,
    state: State,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    Idle,
    Leading,
    // A leader panicked. What it committed is unknown, so nothing more is answered.
    Dead,
}

impl<W: Worker> Group<W> {
    pub(super) fn new(worker: W, batch_max: usize) -> Self {
        let queue = Queue {
            next: 0,
            waiting: VecDeque::new(),
            answers: HashMap::new(),
            state: State::Idle,
        };
        Self {
            queue: Mutex::new(queue),
            answered: Condvar::new(),
            worker: Mutex::new(worker),
            batch_max: batch_max.max(1),
        }
    }

    /// Waits until `request` is decided. `None` when it is unknown whether it was.
    pub(super) fn submit(&self, request: W::Request) -> Option<W::Answer> {
        let mut queue = self.queue.lock().ok()?;
        let ticket = queue.next;
        queue.next = ticket.checked_add(1)?;
        queue.waiting.push_back((ticket, request));
        loop {
            if let Some(answer) = queue.answers.remove(&ticket) {
                return answer;
            }
            match queue.state {
                State::Dead => return None,
                State::Leading => queue = self.answered.wait(queue).ok()?,
                State::Idle => {
                    queue.state = State::Leading;
                    let len = queue.waiting.len().min(self.batch_max);
                    let (tickets, batch): (Vec<_>, Vec<_>) = queue.waiting.drain(..len).unzip();
                    drop(queue);
                    let reign = Reign(self);
                    let mut answers = self.worker.lock().ok()?.commit(&batch).into_iter();
                    queue = self.queue.lock().ok()?;
                    for ticket in tickets {
                        queue.answers.insert(ticket, answers.next());
                    }
                    queue.state = State::Idle;
                    std::mem::forget(reign);
                    self.answered.notify_all();
                }
            }
        }
    }

    /// Runs `read` on the worker, between two commits.
    pub(super) fn with_worker<T>(&self, read: impl FnOnce(&W) -> T) -> Option<T> {
        self.worker.lock().ok().map(|worker| read(&worker))
    }
}

// Dropped only when a leader did not reach its end: nobody must wait for it any longer.
struct Reign<'a, W: Worker>(&'a Group<W>);

impl<W: Worker> Drop for Reign<'_, W> {
    fn drop(&mut self) {
        if let Ok(mut queue) = self.0.queue.lock() {
            queue.state = State::Dead;
        }
        self.0.answered.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    struct Doubler {
        batches: Vec<usize>,
        panic_at: Option<u32>,
        lazy: bool,
    }

    impl Worker for Doubler {
        type Request = u32;
        type Answer = u32;

        fn commit(&mut self, batch: &[u32]) -> Vec<u32> {
            std::thread::sleep(Duration::from_millis(1));
            self.batches.push(batch.len());
            if let Some(at) = self.panic_at {
                assert!(!batch.contains(&at), "asked to panic");
            }
            let answers = if self.lazy { 0 } else { batch.len() };
            batch.iter().take(answers).map(|n| n.saturating_mul(2)).collect()
        }
    }

    fn doubler(panic_at: Option<u32>, lazy: bool, batch_max: usize) -> Group<Doubler> {
        Group::new(Doubler { batches: Vec::new(), panic_at, lazy }, batch_max)
    }

    #[test]
    fn each_caller_gets_its_own_answer_and_commits_are_shared() {
        let group = doubler(None, false, 4);
        std::thread::scope(|scope| {
            for thread in 0..16 {
                let group = &group;
                scope.spawn(move || {
                    for n in 0..20 {
                        let n = thread * 100 + n;
                        assert_eq!(group.submit(n), Some(n * 2));
                    }
                });
            }
        });
        let batches = group.with_worker(|worker| worker.batches.clone()).unwrap();
        assert_eq!(batches.iter().sum::<usize>(), 320);
        assert!(batches.iter().all(|len| (1..=4).contains(len)), "{batches:?}");
        assert!(batches.len() < 320);
        assert!(group.queue.lock().unwrap().answers.is_empty());
    }

    #[test]
    fn a_leader_that_panics_leaves_nobody_waiting() {
        let group = doubler(Some(7), false, 64);
        let answers: Vec<Option<u32>> = std::thread::scope(|scope| {
            let group = &group;
            let callers: Vec<_> = (0..16).map(|n| scope.spawn(move || group.submit(n))).collect();
            callers.into_iter().map(|caller| caller.join().ok().flatten()).collect()
        });
        assert_eq!(answers[7], None);
        assert!(
            answers
                .iter()
                .enumerate()
                .all(|(n, a)| a.is_none_or(|a| usize::try_from(a).unwrap() == n * 2))
        );
        assert_eq!(group.submit(1), None);
    }

    #[test]
    fn a_missing_answer_is_no_answer() {
        assert_eq!(doubler(None, true, 64).submit(1), None);
    }
}
