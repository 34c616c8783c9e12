//! Items of lists, in JSON text as `skep-record` writes it: without spaces.

use std::collections::BTreeMap;

/// The list with these items at their places, up to the item with which it gets longer than
/// `units_max` UTF-16 units; and whether that is all of it. What is no list stays as it is.
pub(super) fn with_items(
    list: &str,
    items: &BTreeMap<u32, String>,
    units_max: usize,
) -> (String, bool) {
    let Some(inner) = list.strip_prefix('[').and_then(|list| list.strip_suffix(']')) else {
        return (list.to_owned(), true);
    };
    let mut out = String::with_capacity(list.len().min(units_max.saturating_mul(4)));
    out.push('[');
    // With the bracket that closes it.
    let mut n_units = 2;
    for (place, known) in (0_u32..).zip(split(inner)) {
        if place > 0 {
            out.push(',');
            n_units += 1;
        }
        let item = items.get(&place).map_or(known, String::as_str);
        out.push_str(item);
        n_units += item.chars().map(char::len_utf16).sum::<usize>();
        if n_units > units_max {
            return (out, false);
        }
    }
    out.push(']');
    (out, true)
}

/// The items of a list, without its brackets.
fn split(inner: &str) -> impl Iterator<Item = &str> {
    let mut rest = (!inner.is_empty()).then_some(inner);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = end_of_first(text);
        rest = end.map(|end| &text[end + 1..]);
        Some(&text[..end.unwrap_or(text.len())])
    })
}

/// Where the comma behind the first item is.
fn end_of_first(text: &str) -> Option<usize> {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    text.bytes().position(|byte| {
        if is_text {
            is_text = byte != b'"' || is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            return false;
        }
        match byte {
            b'"' => is_text = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => return depth == 0,
            _ => (),
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(items: &[(u32, &str)]) -> BTreeMap<u32, String> {
        items.iter().map(|(place, item)| (*place, (*item).to_owned())).collect()
    }

    #[test]
    fn items_are_put_in_their_places() {
        for (list, at, item, expected) in [
            ("[null,null,null]", 1, "7", "[null,7,null]"),
            ("[1]", 0, "\"a,b\"", "[\"a,b\"]"),
            (r#"["a,]\"b",2]"#, 1, "3", r#"["a,]\"b",3]"#),
            (r#"["\\",2]"#, 1, "3", r#"["\\",3]"#),
            (r#"[[1,2],{"a":[3,4],"b":"]"},5]"#, 1, "{}", "[[1,2],{},5]"),
            ("[1,2]", 2, "3", "[1,2]"),
            ("[]", 0, "1", "[]"),
            ("[\"größe\",0]", 1, "\"ä\"", "[\"größe\",\"ä\"]"),
            ("7", 0, "1", "7"),
        ] {
            let replaced = with_items(list, &items(&[(at, item)]), usize::MAX);
            assert_eq!(replaced, (expected.to_owned(), true), "{list}");
        }
    }

    #[test]
    fn a_list_is_cut_where_it_gets_too_long() {
        let changed = items(&[(0, "\"ab\""), (2, "3")]);
        assert_eq!(with_items("[0,0,0]", &changed, 10), ("[\"ab\",0,3]".to_owned(), true));
        assert_eq!(with_items("[0,0,0]", &changed, 9), ("[\"ab\",0,3".to_owned(), false));
        // One of its characters has two units.
        assert!(!with_items("[\"\u{1f600}\"]", &items(&[]), 5).1);
        assert!(with_items("[\"\u{1f600}\"]", &items(&[]), 6).1);
    }
}
