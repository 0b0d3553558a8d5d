//! How much memory images may take.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Images;
use crate::{Note, wording::thousands};

/// Bytes that images, and what is made of them, may take in memory: as said in MiB, else half of the
/// memory that is free now.
pub fn room(said: Option<u64>) -> u64 {
    ImageMemory::of(said).bytes
}

/// Bytes that this process can still take, where the system says.
pub fn free() -> Option<u64> {
    free_memory(Path::new("/"))
}

/// What images may take where the memory that is free is not known: 2 GiB.
const WHERE_UNKNOWN: u64 = 2 << 30;
const MIB: u64 = 1 << 20;

/// The most bytes that decoded images may take in memory; more of them are kept on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ImageMemory {
    pub(super) bytes: u64,
    /// Whether it was said, rather than taken from what is free.
    said: bool,
}

impl ImageMemory {
    /// As said in MiB, else half of the memory that is free now.
    pub(super) fn of(said: Option<u64>) -> ImageMemory {
        let bytes = match said {
            Some(mib) => mib.saturating_mul(MIB),
            None => free_memory(Path::new("/")).map_or(WHERE_UNKNOWN, |free| free / 2),
        };
        ImageMemory { bytes, said: said.is_some() }
    }

    /// What is said of images that did not fit.
    pub(super) fn note(self, images: &Images) -> Option<Note> {
        let folder = images.pixels.folder()?;
        let taken = images.pixels.len().div_ceil(MIB);
        let allowed = self.bytes / MIB;
        let why = if self.said { "as was said" } else { "half of what is free" };
        let said = format!(
            "images take {} MiB, more than the {} MiB that they may take in memory ({why}), so they \
             are kept in `{}` and read from there as they are needed",
            thousands(taken as usize),
            thousands(allowed as usize),
            folder.display()
        );
        Some(Note { said, change_with: Some("--set data.image_memory=MIB".to_owned()) })
    }
}

/// Bytes that a process can still take without another one losing any, as Linux states it under
/// `root`: what is available in the machine, and in each control group that the process is in.
fn free_memory(root: &Path) -> Option<u64> {
    let meminfo = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let machine = value(&meminfo, "MemAvailable:")?.checked_mul(1024)?;
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let groups = groups.lines().filter_map(Group::of_line).filter_map(|group| group.room(root));
    groups.chain(address_space(root)).chain([machine]).min()
}

/// Bytes of addresses that the process may still take, where `ulimit -v` bounds them.
fn address_space(root: &Path) -> Option<u64> {
    let limits = fs::read_to_string(root.join("proc/self/limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: u64 = line.split_whitespace().next()?.parse().ok()?;
    let status = fs::read_to_string(root.join("proc/self/status")).ok()?;
    Some(limit.saturating_sub(value(&status, "VmSize:")?.checked_mul(1024)?))
}

/// A control group of the process, of the first or the second version.
struct Group<'a> {
    /// Below the root.
    mounted: &'static str,
    path: &'a str,
    limit: &'static str,
    usage: &'static str,
    /// In `memory.stat`: contents of files that can be dropped at any time.
    dropped: &'static str,
}

impl<'a> Group<'a> {
    /// A line of `/proc/self/cgroup`: `0::/path` in version 2, `4:memory:/path` in version 1.
    fn of_line(line: &'a str) -> Option<Group<'a>> {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        if controllers.is_empty() {
            Some(Group {
                mounted: "sys/fs/cgroup",
                path,
                limit: "memory.max",
                usage: "memory.current",
                dropped: "inactive_file",
            })
        } else if controllers.split(',').any(|controller| controller == "memory") {
            Some(Group {
                mounted: "sys/fs/cgroup/memory",
                path,
                limit: "memory.limit_in_bytes",
                usage: "memory.usage_in_bytes",
                dropped: "total_inactive_file",
            })
        } else {
            None
        }
    }

    /// Bytes left in this group and in those that it lies in. Inside a container the path is often
    /// that of the host, and its own group is the root of what is mounted, which is last.
    fn room(&self, root: &Path) -> Option<u64> {
        let mounted = root.join(self.mounted);
        let own = mounted.join(self.path.trim_start_matches('/'));
        own.ancestors()
            .take_while(|group| group.starts_with(&mounted))
            .filter_map(|group| self.room_in(group.to_owned()))
            .min()
    }

    /// `None` where there is no such group or it has no limit.
    fn room_in(&self, group: PathBuf) -> Option<u64> {
        let read = |name| fs::read_to_string(group.join(name)).ok();
        let limit: u64 = read(self.limit)?.trim().parse().ok()?;
        let usage: u64 = read(self.usage)?.trim().parse().ok()?;
        let dropped =
            read("memory.stat").and_then(|stat| value(&stat, self.dropped)).unwrap_or_default();
        Some(limit.saturating_sub(usage.saturating_sub(dropped)))
    }
}

/// The number behind a name at the beginning of a line.
fn value(text: &str, name: &str) -> Option<u64> {
    let mut words = text.lines().map(str::split_ascii_whitespace);
    words.find_map(|mut words| (words.next()? == name).then(|| words.next()?.parse().ok())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const MEMINFO: (&str, &str) =
        ("proc/meminfo", "MemTotal:  9000 kB\nMemAvailable:   4000 kB\nBuffers: 7 kB\n");

    #[test]
    fn without_a_group_it_is_what_the_machine_has_available() {
        assert_eq!(free_memory(system(&[MEMINFO]).path()), Some(4_096_000));
        assert_eq!(free_memory(system(&[]).path()), None);
    }

    #[test]
    fn a_group_of_version_2_limits_it_and_so_do_those_around_it() {
        // Own group: no limit. Around it: 3,000,000 − (2,500,000 − 1,000,000 that can be dropped).
        let root = system(&[
            MEMINFO,
            ("proc/self/cgroup", "0::/jobs/one\n"),
            ("sys/fs/cgroup/jobs/one/memory.max", "max\n"),
            ("sys/fs/cgroup/jobs/one/memory.current", "2500000\n"),
            ("sys/fs/cgroup/jobs/memory.max", "3000000\n"),
            ("sys/fs/cgroup/jobs/memory.current", "2500000\n"),
            ("sys/fs/cgroup/jobs/memory.stat", "anon 5\ninactive_file 1000000\n"),
        ]);
        assert_eq!(free_memory(root.path()), Some(1_500_000));
    }

    #[test]
    fn a_group_of_version_1_limits_it_also_where_its_path_is_the_hosts() {
        // 3,000,000 − 2,900,000; what is used beyond the limit leaves nothing.
        let mut files = vec![
            MEMINFO,
            ("proc/self/cgroup", "4:cpu,memory:/docker/abc\n1:cpuset:/x\n0::/\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "3000000\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "2900000\n"),
        ];
        assert_eq!(free_memory(system(&files).path()), Some(100_000));
        files[3].1 = "3000001";
        assert_eq!(free_memory(system(&files).path()), Some(0));
    }

    #[test]
    fn a_limit_above_the_machines_memory_does_not_count() {
        let root = system(&[
            MEMINFO,
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/memory.max", "9223372036854771712"),
            ("sys/fs/cgroup/memory.current", "17"),
        ]);
        assert_eq!(free_memory(root.path()), Some(4_096_000));
    }

    #[test]
    fn what_is_said_counts_in_mib_before_what_is_free() {
        assert_eq!(ImageMemory::of(Some(3)).bytes, 3_145_728);
        assert_eq!(ImageMemory::of(Some(u64::MAX)).bytes, u64::MAX);
        assert!(ImageMemory::of(None).bytes > 0);
    }
}
