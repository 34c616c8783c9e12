//! Java's pattern syntax in that of the `regex` and `fancy-regex` crates.

/// What `\d`, `\w`, … stand for: Java means ASCII unless asked otherwise.
fn class(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "0-9",
        'w' => "a-zA-Z_0-9",
        's' => r" \t\n\x0B\x0C\r",
        'h' => r" \t\u{a0}\u{1680}\u{180e}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}",
        'v' => r"\n\x0B\x0C\r\u{85}\u{2028}\u{2029}",
        _ => return None,
    })
}

/// POSIX and Java names of `\p{…}`.
fn property(name: &str) -> Option<&'static str> {
    Some(match name {
        "Lower" => "a-z",
        "Upper" => "A-Z",
        "ASCII" => r"\x00-\x7F",
        "Alpha" => "a-zA-Z",
        "Digit" => "0-9",
        "Alnum" => "a-zA-Z0-9",
        "Punct" => r"!-/:-@\[-`{-~",
        "Graph" => "!-~",
        "Print" => r"\x20-~",
        "Blank" => r"\x20\t",
        "Cntrl" => r"\x00-\x1F\x7F",
        "XDigit" => "0-9a-fA-F",
        "Space" => r"\x20\t\n\x0B\x0C\r",
        "javaLowerCase" | "IsLowercase" => r"\p{Lowercase}",
        "javaUpperCase" | "IsUppercase" => r"\p{Uppercase}",
        "javaWhitespace" | "IsWhite_Space" => r"\p{White_Space}",
        "IsAlphabetic" => r"\p{Alphabetic}",
        "IsDigit" => r"\p{Nd}",
        "IsLetter" => r"\p{L}",
        _ => return None,
    })
}

struct Translator<'p> {
    rest: std::str::Chars<'p>,
    out: String,
    /// How deep in brackets.
    class_depth: usize,
    /// Whether a point may match a line break somewhere.
    dot_all: bool,
    /// Whether a quantifier was just read, so that `+` makes it possessive.
    quantified: bool,
    possessive: bool,
}

/// A pattern for the engines.
pub(super) struct Translated {
    pub(super) text: String,
    /// Whether it has a possessive quantifier, which a linear engine would read as two.
    pub(super) possessive: bool,
}

/// The pattern with its flags in front.
pub(super) fn translate(pattern: &str, flags: &str) -> Translated {
    let set: String = "smix".chars().filter(|flag| flags.contains(*flag)).collect();
    let inline_dot_all = pattern.match_indices("(?").any(|(at, _)| {
        let letters = pattern[at + 2..].chars().take_while(char::is_ascii_lowercase);
        letters.into_iter().any(|letter| letter == 's')
    });
    let mut translator = Translator {
        rest: pattern.chars(),
        out: String::with_capacity(pattern.len() + 8),
        class_depth: 0,
        dot_all: set.contains('s') || inline_dot_all,
        quantified: false,
        possessive: false,
    };
    if !set.is_empty() {
        translator.out.push_str("(?");
        translator.out.push_str(&set);
        translator.out.push(')');
    }
    while let Some(c) = translator.rest.next() {
        translator.possessive |= translator.quantified && c == '+';
        let is_quantifier = translator.class_depth == 0 && matches!(c, '*' | '+' | '?' | '}');
        translator.quantified = is_quantifier && !translator.quantified;
        translator.one(c);
    }
    Translated { text: translator.out, possessive: translator.possessive }
}

impl Translator<'_> {
    fn one(&mut self, c: char) {
        match c {
            '\\' => self.escape(),
            '[' => {
                self.class_depth += 1;
                self.out.push('[');
            }
            ']' if self.class_depth > 0 => {
                self.class_depth -= 1;
                self.out.push(']');
            }
            '.' if self.class_depth == 0 && !self.dot_all => {
                self.out.push_str(r"[^\n\r\u{85}\u{2028}\u{2029}]");
            }
            // Operators of the Rust engines that Java does not have.
            '-' | '~' if self.class_depth > 0 && self.rest.as_str().starts_with(c) => {
                self.out.push('\\');
                self.out.push(c);
            }
            c => self.out.push(c),
        }
    }

    fn escape(&mut self) {
        let Some(c) = self.rest.next() else {
            // The engines say what is wrong with it.
            self.out.push('\\');
            return;
        };
        if let Some(members) = class(c.to_ascii_lowercase()) {
            return self.members(members, c.is_ascii_uppercase());
        }
        match c {
            'R' => self.out.push_str(r"(?:\r\n|[\n\x0B\x0C\r\u{85}\u{2028}\u{2029}])"),
            'Q' => self.quoted(),
            'p' | 'P' => self.property(c == 'P'),
            'e' => self.out.push_str(r"\x1B"),
            'c' => match self.rest.next() {
                Some(control) => self.code_point(u32::from(control) ^ 64),
                None => self.out.push_str(r"\c"),
            },
            '0' => self.octal(),
            'Z' => self.out.push_str(r"(?=\n?\z)"),
            c if c.is_ascii_alphanumeric() => {
                self.out.push('\\');
                self.out.push(c);
            }
            // Any other escaped character is itself.
            c => self.code_point(u32::from(c)),
        }
    }

    fn members(&mut self, members: &str, negated: bool) {
        // Inside of brackets too: classes nest.
        self.out.push_str(if negated { "[^" } else { "[" });
        self.out.push_str(members);
        self.out.push(']');
    }

    fn code_point(&mut self, code: u32) {
        self.out.push_str(&format!("\\x{{{code:x}}}"));
    }

    fn quoted(&mut self) {
        let rest = self.rest.as_str();
        let (quoted, behind) = rest.split_once(r"\E").unwrap_or((rest, ""));
        quoted.chars().for_each(|c| self.code_point(u32::from(c)));
        self.rest = behind.chars();
    }

    fn octal(&mut self) {
        let rest = self.rest.as_str();
        let n_digits = rest.bytes().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
        let (digits, behind) = rest.split_at(n_digits);
        self.rest = behind.chars();
        self.code_point(u32::from_str_radix(digits, 8).unwrap_or(0));
    }

    fn property(&mut self, negated: bool) {
        let rest = self.rest.as_str();
        let named = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let Some((name, behind)) = named else {
            self.out.push_str(if negated { r"\P" } else { r"\p" });
            return;
        };
        self.rest = behind.chars();
        if let Some(members) = property(name) {
            return self.members(members, negated);
        }
        // Scripts and blocks carry a prefix in Java.
        let name = name.strip_prefix("Is").unwrap_or(name);
        let name = name.strip_prefix("In").unwrap_or(name);
        self.out.push_str(if negated { r"\P{" } else { r"\p{" });
        self.out.push_str(name);
        self.out.push('}');
    }
}
