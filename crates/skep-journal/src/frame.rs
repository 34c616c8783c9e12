//! Frames: the header in front of each body, and its checksum.

/// Bytes of a frame's header.
pub(crate) const HEADER_BYTES: usize = 40;
/// Frames start at multiples of this.
pub(crate) const ALIGN: usize = 8;
/// In every frame header, so that a search for frames meets few false ones.
const MAGIC: u16 = 0x4A53;
/// The one type so far: a body of records.
pub(crate) const KIND_RECORDS: u8 = 1;

/// What a frame's header says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct FrameHeader {
    pub(crate) body_bytes: u32,
    pub(crate) checksum: u32,
    pub(crate) previous: u32,
    pub(crate) epoch: u32,
    pub(crate) first_position: u64,
    pub(crate) n_positions: u32,
    pub(crate) commit_back: u32,
    pub(crate) kind: u8,
}

impl FrameHeader {
    /// Position of the last record in the body.
    pub(crate) fn last_position(&self) -> u64 {
        self.first_position.saturating_add(u64::from(self.n_positions)).saturating_sub(1)
    }

    /// Position at which the commit that wrote this frame began.
    pub(crate) fn commit_first_position(&self) -> u64 {
        self.first_position.saturating_sub(u64::from(self.commit_back))
    }

    /// Bytes of header, body and padding.
    pub(crate) fn frame_bytes(&self) -> usize {
        frame_bytes(self.body_bytes as usize)
    }

    /// Reads a header; `None` when the bytes are none. The checksum is not looked at.
    pub(crate) fn decode(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let header = Self {
            body_bytes: fields.u32(),
            checksum: fields.u32(),
            previous: fields.u32(),
            epoch: fields.u32(),
            first_position: fields.u64(),
            n_positions: fields.u32(),
            commit_back: fields.u32(),
            kind: fields.u8(),
        };
        let zero = fields.u8();
        let sane = zero == 0
            && fields.u16() == MAGIC
            && fields.u32() == 0
            && header.n_positions > 0
            && header.first_position > 0;
        sane.then_some(header)
    }

    fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        let mut out = Out(&mut bytes);
        out.put(&self.body_bytes.to_le_bytes());
        out.put(&self.checksum.to_le_bytes());
        out.put(&self.previous.to_le_bytes());
        out.put(&self.epoch.to_le_bytes());
        out.put(&self.first_position.to_le_bytes());
        out.put(&self.n_positions.to_le_bytes());
        out.put(&self.commit_back.to_le_bytes());
        out.put(&[self.kind, 0]);
        out.put(&MAGIC.to_le_bytes());
        bytes
    }

    /// Fills in the checksum over this header and `body`, and writes the header to `out`.
    ///
    /// `out` holds [`HEADER_BYTES`] bytes.
    pub(crate) fn seal(mut self, body: &[u8], out: &mut [u8]) -> u32 {
        self.checksum = checksum(&self.encode(), body);
        out.copy_from_slice(&self.encode());
        self.checksum
    }
}

/// Bytes of a frame with a body of this length.
pub(crate) fn frame_bytes(body_bytes: usize) -> usize {
    (HEADER_BYTES + body_bytes).next_multiple_of(ALIGN)
}

/// The checksum of a frame: header without its checksum field, then the body.
pub(crate) fn checksum(header: &[u8; HEADER_BYTES], body: &[u8]) -> u32 {
    let (length, rest) = header.split_at(4);
    let crc = crc32c::crc32c(length);
    let crc = crc32c::crc32c_append(crc, rest.get(4..).unwrap_or_default());
    crc32c::crc32c_append(crc, body)
}

/// Takes little-endian numbers off the front of a slice; zero once it is used up.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk::<N>() {
            Some((head, tail)) => {
                self.0 = tail;
                *head
            }
            None => [0; N],
        }
    }

    pub(crate) fn bytes8(&mut self) -> [u8; 8] {
        self.take()
    }

    pub(crate) fn u8(&mut self) -> u8 {
        u8::from_le_bytes(self.take())
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.take())
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }
}

/// Puts bytes at the front of what is left of a slice.
pub(crate) struct Out<'a>(pub(crate) &'a mut [u8]);

impl Out<'_> {
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        let rest = std::mem::take(&mut self.0);
        let (head, tail) = rest.split_at_mut(bytes.len().min(rest.len()));
        head.copy_from_slice(bytes.get(..head.len()).unwrap_or_default());
        self.0 = tail;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_header_decodes_to_itself_and_matches_its_checksum() {
        let header = FrameHeader {
            body_bytes: 5,
            checksum: 0,
            previous: 7,
            epoch: 3,
            first_position: 41,
            n_positions: 2,
            commit_back: 1,
            kind: KIND_RECORDS,
        };
        let mut bytes = [0; HEADER_BYTES];
        let sum = header.seal(b"hello", &mut bytes);
        let decoded = FrameHeader::decode(&bytes).unwrap();
        assert_eq!(decoded, FrameHeader { checksum: sum, ..header });
        assert_eq!(checksum(&bytes, b"hello"), sum);
        assert_eq!(decoded.last_position(), 42);
        assert_eq!(decoded.commit_first_position(), 40);
        assert_eq!(decoded.frame_bytes(), 48);
    }
}
