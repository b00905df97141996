//! Whether a file's content is what the index has, for the few files whose times do not tell.

use std::io::Read as _;
use std::os::fd::BorrowedFd;
use std::path::Path;

use gix::attrs::StateRef;
use gix::bstr::ByteSlice;
use gix::hash::{Kind, ObjectId};
use gix::index::entry::Mode;
use gix::index::{Entry, State};
use gix::objs::Kind as ObjectKind;
use gix::worktree::stack::state::attributes::Source;
use rustix::fs::{FileType, Stat};

use super::settings::Settings;
use super::{Beyond, folder};

/// What git does to a file's content before it compares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Conversion {
    /// Nothing.
    None,
    /// CRLF becomes LF if the content looks like text.
    Auto,
    /// CRLF becomes LF.
    Text,
}

struct Attributes {
    repo: gix::Repository,
    stack: gix::worktree::Stack,
    found: gix::attrs::search::Outcome,
}

/// Compares contents in one worktree.
pub(super) struct Contents<'a> {
    root: &'a Path,
    index: &'a State,
    settings: &'a Settings,
    attributes: Option<Attributes>,
}

const ASKED: [&str; 6] = ["text", "crlf", "eol", "ident", "filter", "working-tree-encoding"];

impl<'a> Contents<'a> {
    pub(super) fn new(root: &'a Path, index: &'a State, settings: &'a Settings) -> Self {
        Self { root, index, settings, attributes: None }
    }

    /// Whether the file `path` below `at`, of which lstat says `stat`, has the content of `entry`.
    pub(super) fn is_same(
        &mut self,
        at: BorrowedFd<'_>,
        entry: &Entry,
        path: &[u8],
        stat: &Stat,
    ) -> Result<bool, Beyond> {
        let hash = self.index.object_hash();
        if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
            let target = rustix::fs::readlinkat(at, path, Vec::new()).map_err(|_| Beyond("a link cannot be read"))?;
            let id = gix::objs::compute_hash(hash, ObjectKind::Blob, target.as_bytes());
            return Ok(id.map_err(|_| Beyond("a link cannot be hashed"))? == entry.id);
        }
        if entry.mode == Mode::SYMLINK {
            return Err(Beyond("a link is checked out as a file"));
        }
        let conversion = self.conversion(path)?;
        let Some(file) = folder::open_file(at, path)? else { return Ok(false) };
        let size = u64::try_from(stat.st_size).unwrap_or_default();
        let digest = digest(file, size, hash)?;
        let text = match conversion {
            Conversion::None => false,
            Conversion::Auto => !digest.nul,
            Conversion::Text => true,
        };
        if text && digest.crlf {
            return Err(Beyond("line ends have to be converted"));
        }
        Ok(digest.id == entry.id)
    }

    fn conversion(&mut self, path: &[u8]) -> Result<Conversion, Beyond> {
        let unreadable = Beyond("attributes cannot be read");
        let Attributes { repo, stack, found } = match &mut self.attributes {
            Some(attributes) => attributes,
            none => {
                let repo = gix::open(self.root).map_err(|_| unreadable)?;
                let stack = repo.attributes_only(self.index, Source::WorktreeThenIdMapping);
                let stack = stack.map_err(|_| unreadable)?.detach();
                let mut found = gix::attrs::search::Outcome::default();
                found.initialize_with_selection(stack.attributes_collection(), ASKED);
                none.insert(Attributes { repo, stack, found })
            }
        };
        let place = stack.at_entry(path.as_bstr(), Some(Mode::FILE), &repo.objects).map_err(|_| unreadable)?;
        found.reset();
        place.matching_attributes(found);
        let mut states = found.iter_selected().map(|found| found.assignment.state);
        let mut next = || states.next().unwrap_or(StateRef::Unspecified);
        let [text, crlf, eol, ident, filter, encoding] = [(); 6].map(|()| next());
        if matches!(ident, StateRef::Set) || matches!(filter, StateRef::Value(_)) {
            return Err(Beyond("a filter has to run"));
        }
        if !matches!(encoding, StateRef::Unspecified | StateRef::Unset) {
            return Err(Beyond("an encoding has to be converted"));
        }
        let text = if matches!(text, StateRef::Unspecified) { crlf } else { text };
        Ok(match text {
            StateRef::Unset => Conversion::None,
            StateRef::Value(value) if value.as_bstr() == "auto" => Conversion::Auto,
            StateRef::Unspecified if matches!(eol, StateRef::Unspecified) => {
                if self.settings.autocrlf {
                    Conversion::Auto
                } else {
                    Conversion::None
                }
            }
            _ => Conversion::Text,
        })
    }
}

struct Digest {
    id: ObjectId,
    crlf: bool,
    nul: bool,
}

/// Hashes `file` as a blob of `size` bytes, without keeping it in memory.
fn digest(mut file: std::fs::File, size: u64, kind: Kind) -> Result<Digest, Beyond> {
    let unreadable = Beyond("a file cannot be read");
    let mut hasher = gix::hash::hasher(kind);
    hasher.update(&gix::objs::encode::loose_header(ObjectKind::Blob, size));
    let mut buffer = vec![0; usize::try_from(size.clamp(1, 1 << 17)).unwrap_or(1 << 17)];
    let (mut crlf, mut nul, mut last, mut seen) = (false, false, 0, 0);
    loop {
        let chunk = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(len) => &buffer[..len],
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(unreadable),
        };
        hasher.update(chunk);
        seen += chunk.len() as u64;
        crlf = crlf || (last == b'\r' && chunk[0] == b'\n') || chunk.find(b"\r\n").is_some();
        nul = nul || chunk.contains(&0);
        last = chunk[chunk.len() - 1];
    }
    if seen != size {
        return Err(Beyond("a file is being written"));
    }
    let id = hasher.try_finalize().map_err(|_| unreadable)?;
    Ok(Digest { id, crlf, nul })
}
