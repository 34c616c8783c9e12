//! A cursor over the text of a temporal value.

/// Takes a text apart from the left.
pub(super) struct Scanner<'t> {
    text: &'t str,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text }
    }

    pub(super) fn at_end(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().first().copied()
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.text = &self.text[1..];
        }
        found
    }

    pub(super) fn expect(&mut self, byte: u8) -> Option<()> {
        self.eat(byte).then_some(())
    }

    /// All digits that follow, if there are `least` to `most` of them.
    pub(super) fn digits(&mut self, least: usize, most: usize) -> Option<&'t str> {
        let n_digits = self.text.bytes().take_while(u8::is_ascii_digit).count();
        if !(least..=most).contains(&n_digits) {
            return None;
        }
        let (digits, rest) = self.text.split_at(n_digits);
        self.text = rest;
        Some(digits)
    }

    /// Exactly two digits; more may follow.
    pub(super) fn two_digits(&mut self) -> Option<u8> {
        match self.text.as_bytes() {
            [a @ b'0'..=b'9', b @ b'0'..=b'9', ..] => {
                self.text = &self.text[2..];
                Some((a - b'0') * 10 + (b - b'0'))
            }
            _ => None,
        }
    }
}
