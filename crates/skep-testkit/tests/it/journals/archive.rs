//! Many small files in one: gzip over, for each file, a line with its name, its length and how
//! many zeros it ends with, and its bytes without these. Segments are mostly zeros.

use std::{
    collections::BTreeMap,
    io::{BufRead, Cursor, Read, Write},
    path::Path,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};

/// Files by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(super) fn write(path: &Path, files: &Files) {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for (name, bytes) in files {
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        writeln!(encoder, "{name} {end} {}", bytes.len() - end).unwrap();
        encoder.write_all(&bytes[..end]).unwrap();
    }
    std::fs::write(path, encoder.finish().unwrap()).unwrap();
}

pub(crate) fn read(path: &Path) -> Files {
    let mut raw = Vec::new();
    let file = std::fs::File::open(path).unwrap();
    GzDecoder::new(file).read_to_end(&mut raw).unwrap();
    let mut rest = Cursor::new(raw);
    let mut files = Files::new();
    let mut head = String::new();
    while rest.read_line(&mut head).unwrap() > 0 {
        let words: Vec<_> = head.split_whitespace().collect();
        let [name, end, n_zeros] = words[..] else { panic!("{head}") };
        let (end, n_zeros): (usize, usize) = (end.parse().unwrap(), n_zeros.parse().unwrap());
        let mut bytes = vec![0; end + n_zeros];
        rest.read_exact(&mut bytes[..end]).unwrap();
        files.insert(name.to_owned(), bytes);
        head.clear();
    }
    files
}
