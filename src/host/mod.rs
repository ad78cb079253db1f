//! Ready-made ports, and the only folder that does I/O.

pub mod config_folder;
