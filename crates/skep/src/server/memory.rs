//! How much memory idle process instances may take: `512MB`, `auto` or `unlimited`.

use std::{borrow::Cow, fmt, fs, path::Path, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Of the machine's memory, so much is for idle instances unless the configuration says
/// otherwise: the rest is for what finds them again, for those at work, and for everybody else.
const MACHINE_SHARE: u64 = 4;

/// Units, as Camunda's configuration has them: each is 1024 of the one before.
const UNITS: [(&str, u32); 5] = [("B", 0), ("KB", 10), ("MB", 20), ("GB", 30), ("TB", 40)];

/// The memory budget as it is configured.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum MemoryBudget {
    /// A quarter of what the machine or the container has.
    #[default]
    Auto,
    /// So many bytes.
    Bytes(u64),
    /// Everything stays in memory.
    Unlimited,
}

impl MemoryBudget {
    /// The budget in bytes; `None` without a limit, or if the machine does not tell its memory.
    pub(crate) fn bytes(self) -> Option<u64> {
        match self {
            Self::Auto => machine_bytes(Path::new("/")).map(|bytes| bytes / MACHINE_SHARE),
            Self::Bytes(bytes) => Some(bytes),
            Self::Unlimited => None,
        }
    }
}

impl FromStr for MemoryBudget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is not an amount of memory; write for example 512MB or 2GB, auto or unlimited"
            )
        };
        let trimmed = text.trim();
        match trimmed.to_ascii_lowercase().as_str() {
            "auto" => return Ok(Self::Auto),
            "unlimited" => return Ok(Self::Unlimited),
            _ => (),
        }
        let digits = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(digits);
        let unit = unit.trim().to_ascii_uppercase().replace("IB", "B");
        let known = UNITS.iter().find(|(name, _)| *name == unit || unit.is_empty());
        let (_, shift) = known.ok_or_else(wrong)?;
        let number: u64 = number.parse().map_err(|_| wrong())?;
        number.checked_mul(1 << shift).map(Self::Bytes).ok_or_else(wrong)
    }
}

impl fmt::Display for MemoryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Bytes(bytes) => f.write_str(&text(*bytes)),
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}

/// Bytes in the largest unit that needs no fraction.
fn text(bytes: u64) -> String {
    let fits = |shift: &u32| bytes != 0 && bytes.is_multiple_of(1 << shift);
    let unit = UNITS.iter().rev().find(|(_, shift)| fits(shift)).unwrap_or(&UNITS[0]);
    format!("{}{}", bytes >> unit.1, unit.0)
}

impl Serialize for MemoryBudget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MemoryBudget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// A text, or a number of bytes.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written<'a> {
            Number(u64),
            Text(Cow<'a, str>),
        }
        match Written::deserialize(deserializer) {
            Ok(Written::Number(bytes)) => Ok(Self::Bytes(bytes)),
            Ok(Written::Text(text)) => {
                text.parse().map_err(|error| de::Error::custom(format!("memoryBudget {error}")))
            }
            Err(_) => Err(de::Error::custom("memoryBudget is neither a text nor a number")),
        }
    }
}

/// What this process may use: the least of the machine's memory and the limits of its control
/// groups (v2 or v1).
fn machine_bytes(root: &Path) -> Option<u64> {
    let machine = read(&root.join("proc/meminfo"))
        .and_then(|text| text.lines().find_map(|line| kilobytes(line.strip_prefix("MemTotal:")?)));
    let groups = read(&root.join("proc/self/cgroup")).unwrap_or_default();
    let limits = groups.lines().flat_map(|line| group_limits(root, line));
    limits.chain(machine).min()
}

/// The limits of a control group and of those around it, by its line `ID:CONTROLLERS:PATH`.
fn group_limits(root: &Path, line: &str) -> Vec<u64> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { return Vec::new() };
    let (base, file) = match controllers {
        "" => (root.join("sys/fs/cgroup"), "memory.max"),
        names if names.split(',').any(|name| name == "memory") => {
            (root.join("sys/fs/cgroup/memory"), "memory.limit_in_bytes")
        }
        _ => return Vec::new(),
    };
    let path = Path::new(path.trim_start_matches('/'));
    // `max`, and the huge number that v1 has for it, are no limit.
    let limit = |group: &Path| read(&base.join(group).join(file))?.trim().parse::<u64>().ok();
    path.ancestors().filter_map(limit).collect()
}

fn read(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// `8388608 kB` in bytes.
fn kilobytes(text: &str) -> Option<u64> {
    text.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_and_written() {
        for (text, bytes) in [
            ("512MB", 512 << 20),
            ("2GB", 2 << 30),
            ("64 kb", 64 << 10),
            ("1TiB", 1 << 40),
            ("1000", 1000),
            ("0", 0),
        ] {
            let read: MemoryBudget = text.parse().unwrap();
            assert_eq!(read, MemoryBudget::Bytes(bytes), "{text}");
            assert_eq!(read.to_string().parse(), Ok(read), "{text}");
        }
        assert_eq!(MemoryBudget::Bytes(512 << 20).to_string(), "512MB");
        assert_eq!("Unlimited".parse(), Ok(MemoryBudget::Unlimited));
        assert_eq!("auto".parse(), Ok(MemoryBudget::Auto));
    }

    #[test]
    fn nonsense_is_named() {
        for text in ["", "MB", "-1MB", "1.5GB", "5 apples", "99999999TB", "1e9"] {
            let error = text.parse::<MemoryBudget>().unwrap_err();
            assert!(error.contains("is not an amount of memory"), "{text}: {error}");
        }
    }

    fn machine(files: &[(&str, &str)]) -> Option<u64> {
        let root = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        machine_bytes(root.path())
    }

    const MEMINFO: (&str, &str) =
        ("proc/meminfo", "MemTotal:        8388608 kB\nMemFree:          100 kB\n");

    #[test]
    fn the_least_of_machine_and_control_groups_counts() {
        assert_eq!(machine(&[]), None);
        assert_eq!(machine(&[MEMINFO]), Some(8 << 30));
        let v2 = ("proc/self/cgroup", "0::/kube/pod/skep\n");
        let unlimited = ("sys/fs/cgroup/kube/pod/skep/memory.max", "max\n");
        assert_eq!(machine(&[MEMINFO, v2, unlimited]), Some(8 << 30));
        let around = ("sys/fs/cgroup/kube/memory.max", "1073741824\n");
        assert_eq!(machine(&[MEMINFO, v2, unlimited, around]), Some(1 << 30));
        // In a container with a namespace of its own.
        let own = ("proc/self/cgroup", "0::/\n");
        let limit = ("sys/fs/cgroup/memory.max", "536870912\n");
        assert_eq!(machine(&[MEMINFO, own, limit]), Some(512 << 20));
        let v1 = ("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a\n");
        let limit = ("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "268435456\n");
        let none = ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(machine(&[MEMINFO, v1, limit, none]), Some(256 << 20));
    }
}
