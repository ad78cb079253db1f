//! The report for auditors: one file, no script, nothing loaded from elsewhere.

use super::{Run, reason, word};
use crate::suite::{Case, Counts, Judgement, Outcome, SuiteResult};
use std::fmt::Write;

/// A whole HTML document.
pub(crate) fn render(run: &Run) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = write_page(&mut page, run);
    page
}

fn write_page(page: &mut String, run: &Run) -> std::fmt::Result {
    let counts = run.counts();
    let (class, verdict) =
        if run.is_clean() { ("right", "No case is wrong.") } else { ("wrong", "This run failed.") };
    page.write_str(HEAD)?;
    writeln!(page, "<h1>Suites of eid-broker {}</h1>", env!("CARGO_PKG_VERSION"))?;
    writeln!(page, "<p class={class}><strong>{verdict}</strong></p>")?;
    writeln!(
        page,
        "<p>{} cases in {} suites: {} right, {} wrong, {} skipped. A skipped case was not \
         judged and stands for nothing; its reason is given. {} JSON files in the folders are no \
         suite.</p>",
        counts.total(),
        run.suites.len(),
        counts.right,
        counts.wrong,
        counts.skipped_total(),
        run.ignored,
    )?;
    write_faults(page, run)?;
    write_summary(page, run)?;
    write_reasons(page, &counts)?;
    page.write_str("<h2>Every case</h2>\n")?;
    for (index, result) in run.suites.iter().enumerate() {
        write_suite(page, index, result)?;
    }
    page.write_str("</body>\n</html>\n")
}

fn write_faults(page: &mut String, run: &Run) -> std::fmt::Result {
    if run.broken.is_empty() && run.rotten.is_empty() {
        return Ok(());
    }
    page.write_str("<h2>Faults of this run</h2>\n<ul>\n")?;
    for (path, why) in &run.broken {
        writeln!(page, "<li class=wrong>{}: {}</li>", escape(path), escape(why))?;
    }
    for line in &run.rotten {
        writeln!(page, "<li class=wrong>exceptions.json: {}</li>", escape(line))?;
    }
    page.write_str("</ul>\n")
}

fn write_summary(page: &mut String, run: &Run) -> std::fmt::Result {
    page.write_str(
        "<h2>Suites</h2>\n<table>\n<tr><th>Suite<th>Right<th>Wrong<th>Skipped<th>Cases<th>File\
         <th>SHA-256</tr>\n",
    )?;
    for (index, result) in run.suites.iter().enumerate() {
        let counts = result.counts();
        writeln!(
            page,
            "<tr><td><a href=\"#s{index}\">{}</a><td>{}<td{}>{}<td>{}<td>{}<td>{}<td><code>{}\
             </code></tr>",
            escape(&result.name),
            counts.right,
            if counts.wrong == 0 { "" } else { " class=wrong" },
            counts.wrong,
            counts.skipped_total(),
            counts.total(),
            escape(&result.path),
            escape(&result.sha256),
        )?;
    }
    page.write_str("</table>\n")
}

fn write_reasons(page: &mut String, counts: &Counts) -> std::fmt::Result {
    if counts.skipped.is_empty() {
        return Ok(());
    }
    page.write_str("<h2>Why cases were skipped</h2>\n<table>\n<tr><th>Reason<th>Cases</tr>\n")?;
    for (reason, count) in &counts.skipped {
        writeln!(page, "<tr><td>{}<td>{count}</tr>", escape(reason))?;
    }
    page.write_str("</table>\n")
}

fn write_suite(page: &mut String, index: usize, result: &SuiteResult) -> std::fmt::Result {
    let counts = result.counts();
    let open = if counts.wrong == 0 { "" } else { " open" };
    writeln!(
        page,
        "<details id=s{index}{open}><summary>{}: {}</summary>\n<table>\n<tr><th>Case<th>Judgement<th>Expected\
         <th>Verdict<th>Code<th>Remark</tr>",
        escape(&result.name),
        escape(&counts.to_string()),
    )?;
    for (case, judgement) in &result.cases {
        write_case(page, case, judgement)?;
    }
    page.write_str("</table></details>\n")
}

fn write_case(page: &mut String, case: &Case, judgement: &Judgement) -> std::fmt::Result {
    let detail = match &case.outcome {
        Outcome::Differs(detail) => detail,
        Outcome::Accepted
        | Outcome::Panicked
        | Outcome::Refused(_)
        | Outcome::Skipped(_)
        | Outcome::Undecided(_) => reason(judgement),
    };
    let gap = if detail.is_empty() || case.note.is_empty() { "" } else { " — " };
    writeln!(
        page,
        "<tr class={}><td>{}<td>{}<td>{}<td>{}<td>{}<td>{}{gap}{}</tr>",
        word(judgement),
        escape(&case.id),
        word(judgement),
        escape(&case.expected.to_string()),
        case.outcome.word(),
        escape(case.outcome.code()),
        escape(detail),
        escape(&case.note),
    )
}

/// Makes text of a suite harmless in element content and in quoted attributes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control and direction characters could make the page say something else.
            c if c.is_control()
                || ('\u{202a}'..='\u{202e}').contains(&c)
                || ('\u{2066}'..='\u{2069}').contains(&c) =>
            {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>Suites of eid-broker</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 78em; padding: 0 1em; }
table { border-collapse: collapse; margin: .6em 0; }
th, td { text-align: left; vertical-align: top; padding: .15em .7em; border-bottom: 1px solid #ddd; }
code { font-size: 80%; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .2em 0; }
td { overflow-wrap: anywhere; }
.wrong { color: #a00; font-weight: 600; }
.skipped { color: #666; }
</style>
</head>
<body>
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Expected;

    #[test]
    fn nothing_of_a_suite_becomes_markup() {
        let case = Case {
            id: "<script>alert(1)</script>".to_owned(),
            expected: Expected::Accept,
            outcome: Outcome::Differs("\"><b>'&\u{202e}".to_owned()),
            note: "<img src=x>".to_owned(),
        };
        let judgement = case.judge();
        let run = Run {
            suites: vec![SuiteResult {
                name: "<i>".to_owned(),
                path: "\"<".to_owned(),
                sha256: String::new(),
                cases: vec![(case, judgement)],
            }],
            ..Run::default()
        };
        let page = render(&run);
        for bad in ["<script", "<b>", "<img", "<i>", "\u{202e}"] {
            assert!(!page.contains(bad), "{bad}");
        }
        assert!(page.contains("&lt;script&gt;"));
        assert!(page.contains("This run failed."));
    }
}
