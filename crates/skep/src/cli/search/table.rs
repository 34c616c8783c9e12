//! Items as a table.

use serde_json::Value;

use crate::{failure::Failure, output::line};

/// Characters of a cell; more is cut.
const CELL_CHARS_MAX: usize = 60;

/// Prints the columns that some item has, under their names.
///
/// # Errors
/// When stdout cannot be written.
pub(super) fn print(columns: &[&str], items: &[Value]) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> =
        std::iter::once(columns.iter().map(|name| (*name).into()).collect())
            .chain(items.iter().map(|item| columns.iter().map(|name| cell(&item[*name])).collect()))
            .collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        line(cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

/// A value on one line.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let cut: String = chars.by_ref().take(CELL_CHARS_MAX).collect();
    if chars.next().is_some() { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_short_and_on_one_line() {
        assert_eq!(cell(&json!(null)), "-");
        assert_eq!(cell(&json!("a\nb")), "a b");
        assert_eq!(cell(&json!(7)), "7");
        let long = cell(&json!("ä".repeat(100)));
        assert_eq!((long.chars().count(), long.ends_with('…')), (61, true));
    }
}
