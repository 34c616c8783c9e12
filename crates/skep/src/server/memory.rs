//! How much memory idle process instances may take: `512MB`, `auto` or `unlimited`.

use std::{fmt, fs, path::Path, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::byte_size::{self, ByteSize};

/// Of the machine's memory, so much is for idle instances unless the configuration says
/// otherwise: the rest is for what finds them again, for those at work, and for everybody else.
const MACHINE_SHARE: u64 = 4;

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
        match text.trim().to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "unlimited" => Ok(Self::Unlimited),
            _ => text.parse().map(|ByteSize(bytes)| Self::Bytes(bytes)).map_err(|_| {
                format!(
                    "{text:?} is not an amount of memory; write for example 512MB or 2GB, auto or unlimited"
                )
            }),
        }
    }
}

impl fmt::Display for MemoryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Bytes(bytes) => ByteSize(*bytes).fmt(f),
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}

impl Serialize for MemoryBudget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MemoryBudget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        byte_size::deserialize("memoryBudget", deserializer)
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
    fn a_budget_is_read_and_written() {
        for (text, budget) in [
            ("512MB", MemoryBudget::Bytes(512 << 20)),
            ("0", MemoryBudget::Bytes(0)),
            ("Unlimited", MemoryBudget::Unlimited),
            ("auto", MemoryBudget::Auto),
        ] {
            assert_eq!(text.parse(), Ok(budget));
            assert_eq!(budget.to_string().parse(), Ok(budget), "{text}");
        }
    }

    #[test]
    fn nonsense_is_named() {
        for text in ["", "-1MB", "5 apples"] {
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
