//! Everything wrong with a resource, collected before anything is answered.

use std::fmt;

use roxmltree::Node;

/// Largest text of all problems of one resource; the rest is only counted.
///
/// The text travels in a gRPC trailer, and clients refuse trailers over 8 KiB by default.
pub const REPORT_BYTES_MAX: usize = 6 * 1024;

/// Problems kept in memory while a resource is read.
const COLLECTED_MAX: usize = 1000;

/// Longest piece of the user's text that a message quotes, in characters.
const QUOTED_CHARS_MAX: usize = 100;

/// Tags that the path of an element shows before its middle is left out.
const PATH_TAGS_MAX: usize = 8;

/// Everything wrong with one resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problems {
    /// At least one, in document order.
    pub problems: Vec<Problem>,
    /// How many more there are beyond [`REPORT_BYTES_MAX`].
    pub omitted: usize,
}

impl std::error::Error for Problems {}

/// Problems of one element stand together below its line, as in Zeebe.
///
/// Source: camunda/zeebe: engine/processing/deployment/model/validation/ValidationErrorFormatter.java
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut element = None;
        for (n, problem) in self.problems.iter().enumerate() {
            if n > 0 {
                writeln!(f)?;
            }
            if element == Some(&problem.element) {
                problem.write_message(f)?;
            } else {
                write!(f, "{problem}")?;
            }
            element = Some(&problem.element);
        }
        if self.omitted > 0 {
            write!(f, "\n- and {} more", self.omitted)?;
        }
        Ok(())
    }
}

/// One thing wrong with one element.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// `id` of the nearest element that has one, and the path of tags below it.
    pub element: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// Line and column in the file, from 1; `None` where the whole file is meant.
    pub position: Option<(usize, usize)>,
}

impl Problem {
    /// A problem of the file as a whole.
    pub(crate) fn of_file(message: impl Into<String>) -> Self {
        Self { element: "file".into(), message: message.into(), position: None }
    }

    fn write_message(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "    - ERROR: {}", self.message)?;
        if let Some((line, column)) = self.position {
            write!(f, " (line {line}, column {column})")?;
        }
        Ok(())
    }

    fn rendered_len(&self) -> usize {
        self.element.len()
            + self.message.len()
            + "- Element: \n    - ERROR:  (line , column )".len()
            + 12
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "- Element: {}", self.element)?;
        self.write_message(f)
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem], omitted: 0 }
    }
}

/// Collects the problems of one file while it is read.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    text: &'a str,
    /// Each with the byte offset of its element, which orders them in the end.
    found: Vec<(usize, Problem)>,
    omitted: usize,
}

impl<'a> Report<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, found: Vec::new(), omitted: 0 }
    }

    /// Notes that `node` is wrong.
    pub(crate) fn error(&mut self, node: Node<'_, '_>, message: impl Into<String>) {
        if self.found.len() >= COLLECTED_MAX {
            self.omitted += 1;
            return;
        }
        let problem =
            Problem { element: element_path(node), message: message.into(), position: None };
        self.found.push((node.range().start, problem));
    }

    /// How many problems were found up to now.
    pub(crate) fn len(&self) -> usize {
        self.found.len() + self.omitted
    }

    /// `Ok` if nothing was found.
    pub(crate) fn finish(self) -> Result<(), Problems> {
        self.sound().map(|_| ())
    }

    /// Itself if nothing was found up to now.
    pub(crate) fn sound(self) -> Result<Self, Problems> {
        if self.found.is_empty() { Ok(self) } else { Err(self.into_problems()) }
    }

    fn into_problems(mut self) -> Problems {
        self.found.sort_by_key(|(at, _)| *at);
        let mut problems = Vec::new();
        let mut bytes = 0;
        let total = self.found.len() + self.omitted;
        let lines = LineIndex::new(self.text);
        for (at, problem) in self.found {
            let problem = Problem { position: Some(lines.position(at)), ..problem };
            bytes += problem.rendered_len();
            if bytes > REPORT_BYTES_MAX && !problems.is_empty() {
                break;
            }
            problems.push(problem);
        }
        let omitted = total - problems.len();
        Problems { problems, omitted }
    }
}

/// `task_1 > extensionElements > taskDefinition`: nearest id, then the tags below it.
fn element_path(node: Node<'_, '_>) -> String {
    let mut path = Vec::new();
    for ancestor in node.ancestors().filter(Node::is_element) {
        if let Some(id) = visible_id(ancestor) {
            path.push(shortened(id));
            break;
        }
        path.push(shortened(ancestor.tag_name().name()));
    }
    if path.len() > PATH_TAGS_MAX {
        path.splice(2..path.len() - 2, ["…".into()]);
    }
    path.reverse();
    path.join(" > ")
}

/// The id of an element that an editor shows; those it makes up for the parts of an event or of a
/// flow would tell the user nothing.
pub(crate) fn visible_id<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    let name = node.tag_name().name();
    let is_part = ["EventDefinition", "LoopCharacteristics", "Expression", "extensionElements"]
        .iter()
        .any(|end| name.ends_with(end))
        || ["timeDate", "timeDuration", "timeCycle"].contains(&name);
    node.attribute("id").filter(|_| !is_part)
}

/// The user's text in quotes, shortened so that a message stays readable.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", shortened(text))
}

/// The user's text, cut where it gets too long for a message.
pub(crate) fn shortened(text: &str) -> String {
    let (text, rest) = match text.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((at, _)) => (&text[..at], "…"),
        None => (text, ""),
    };
    // One problem is one line, whatever the text holds.
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.chain(rest.chars()).collect()
}

/// Finds lines and columns of byte offsets.
#[derive(Debug)]
pub(crate) struct LineIndex<'a> {
    text: &'a str,
    /// Offset of the first byte of each line.
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// Line and column of the byte at `at`, both from 1, the column in characters.
    pub(crate) fn position(&self, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts[line - 1];
        let column = self.text.get(start..at).map_or(0, |before| before.chars().count());
        (line, column + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let lines = LineIndex::new("äb\nöc\n");
        assert_eq!(lines.position(0), (1, 1));
        assert_eq!(lines.position(2), (1, 2));
        assert_eq!(lines.position(4), (2, 1));
        assert_eq!(lines.position(6), (2, 2));
    }

    #[test]
    fn problems_of_one_element_stand_together() {
        let problem = |element: &str, message: &str| Problem {
            element: element.into(),
            message: message.into(),
            position: Some((3, 5)),
        };
        let problems = Problems {
            problems: vec![problem("a", "one"), problem("a", "two"), problem("b > x", "three")],
            omitted: 7,
        };
        insta::assert_snapshot!(problems, @r"
        - Element: a
            - ERROR: one (line 3, column 5)
            - ERROR: two (line 3, column 5)
        - Element: b > x
            - ERROR: three (line 3, column 5)
        - and 7 more
        ");
    }
}
