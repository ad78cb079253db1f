//! Collections of SAML documents of other projects. What is expected of each stands in a table of the
//! README beside them: `| file | observed | expected verdict |`.

mod document;
mod messages;
mod metadata;

use super::Loaded;
use crate::discover::Found;
use std::path::Path;

/// One row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The file, relative to the README.
    pub(crate) file: String,
    /// What another program saw.
    pub(crate) observed: String,
    /// The verdict in words.
    pub(crate) verdict: String,
}

/// Reads the table.
pub(super) fn load(found: &Found) -> Loaded {
    let text = std::str::from_utf8(&found.bytes).map_err(|error| error.to_string())?;
    let rows = rows(text);
    let folder = found.path.parent().unwrap_or(Path::new(".")).to_path_buf();
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let metadata = metadata::load(&name, &folder, &rows);
    Ok(metadata.into_iter().chain(messages::load(&name, &folder, &rows, text)).collect())
}

fn rows(text: &str) -> Vec<Row> {
    let table = text.lines().skip_while(|line| !line.starts_with("| file | observed")).skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    rows.filter_map(|line| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let mut next = || cells.next().map(str::to_owned);
        Some(Row { file: next()?, observed: next()?, verdict: next()? })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_table_and_nothing_around_it() {
        let text = "# x\n| a | b |\n| file | observed | expected verdict |\n|---|---|---|\n\
                    | m/a.xml | sig-ok | accept signature |\n| b.xml | unsigned | refuse |\n\n| c |\n";
        let rows = rows(text);
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].file.as_str(), rows[1].verdict.as_str()), ("m/a.xml", "refuse"));
    }
}
