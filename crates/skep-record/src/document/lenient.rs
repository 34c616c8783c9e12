//! JSON as Zeebe's parser accepts it: strings may also stand in single quotes.

/// `text` with its single-quoted strings in double quotes; `None` when it has none.
///
/// Whether the result is JSON is the parser's to say.
///
/// Source: camunda/zeebe: zeebe/protocol-impl, `MsgPackConverter` (`ALLOW_SINGLE_QUOTES`).
pub(super) fn with_double_quotes(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 8);
    let mut changed = false;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '\'') => {
                changed = true;
                quote = Some(c);
                out.push('"');
            }
            (None, '"') => {
                quote = Some(c);
                out.push(c);
            }
            (Some(open), c) if c == open => {
                quote = None;
                out.push('"');
            }
            (Some('\''), '"') => out.push_str("\\\""),
            (Some(_), '\\') => match chars.next() {
                Some('\'') => out.push('\''),
                Some(escaped) => out.extend(['\\', escaped]),
                None => out.push(c),
            },
            (_, c) => out.push(c),
        }
    }
    changed.then_some(out)
}
