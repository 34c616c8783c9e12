use super::*;

fn finds(pattern: &str, text: &str) -> bool {
    match Pattern::new(pattern, "").unwrap() {
        Pattern::Linear(regex) => regex.is_match(text),
        Pattern::Backtracking(regex) => regex.is_match(text).unwrap(),
    }
}

#[test]
fn java_syntax_is_understood() {
    for (pattern, text) in [
        (r"^\d+$", "123"),
        (r"\Q[a]\E", "x[a]"),
        (r"\p{Alpha}+\p{Punct}", "ab!"),
        (r"\p{IsLatin}", "é"),
        (r"\p{L}", "é"),
        (r"[\w&&[^a]]", "b"),
        (r"a++b", "aab"),
        (r"(?<=x)y", "xy"),
        (r"(a)\1", "aa"),
        (r"(?<n>a)\k<n>", "aa"),
        (r"\h", "\t"),
        (r"\v", "\u{b}"),
        (r"\R", "\r\n"),
        (r"\x41", "A"),
        (r"\u0041", "A"),
        (r"\0101", "A"),
        (r"\cA", "\u{1}"),
        (r"\-\/\ \<", "-/ <"),
        (r"[\d\-]", "-"),
        (r"a{2,3}", "aaa"),
        (r"(?i)ABC", "abc"),
        (r"\bword\b", "a word here"),
        (r"[^\s\d]", "x"),
        (r"[a-c[x-z]]", "y"),
        (r"(?>a+)b", "aab"),
        (r"a\Z", "a\n"),
        (r"é", "é"),
    ] {
        assert!(finds(pattern, text), "{pattern} in {text:?}");
    }
    for (pattern, text) in [
        (r"\d", "٣"),
        (r"\w", "é"),
        (r"\s", "\u{a0}"),
        (r"^.$", "\r"),
        (r"[\D]", "5"),
        (r"[\w&&[^a]]", "a"),
        (r"a++a", "aaa"),
        (r"\p{Lower}", "é"),
    ] {
        assert!(!finds(pattern, text), "{pattern} in {text:?}");
    }
    for pattern in ["(", "[a", "*", r"\", "(?<n", r"\p{Nope}", "(?z)"] {
        assert!(Pattern::new(pattern, "").is_err(), "{pattern}");
    }
}

#[test]
fn patterns_have_limits() {
    assert!(Pattern::new(&"a".repeat(10_001), "").is_err());
    assert!(Pattern::new("((a{100}){100}){100}", "").is_err());
    let nested = format!("{}a{}", "(".repeat(2_000), ")".repeat(2_000));
    assert!(Pattern::new(&nested, "").is_err());
    // Linear however it looks.
    assert!(!finds("^(a+)+$", &format!("{}b", "a".repeat(10_000))));
}
