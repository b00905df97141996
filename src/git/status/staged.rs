//! How many index entries differ from the commit's tree.

use gix::bstr::ByteSlice;
use gix::hash::ObjectId;
use gix::index::entry::{Flags, Mode};
use gix::index::extension::Tree as Cache;
use gix::index::{Entry, State};
use gix::objs::TreeRefIter;
use gix::objs::tree::EntryKind;
use gix::prelude::FindExt;
use std::cmp::Ordering;

use super::Beyond;

/// Counts the paths that differ between `index` and the tree `head`. Trees that the index remembers to be equal are
/// not read.
pub(super) fn count(objects: &gix::OdbHandle, index: &State, head: Option<ObjectId>) -> Result<u32, Beyond> {
    let staged = Staged { objects, index };
    staged.folder(head, index.tree(), index.entries(), 0)
}

struct Staged<'a> {
    objects: &'a gix::OdbHandle,
    index: &'a State,
}

/// One name in a folder as the index has it.
enum Child<'a> {
    File(&'a [Entry]),
    Folder(&'a [Entry]),
}

impl<'a> Staged<'a> {
    /// Compares `entries`, all in the folder whose path with its slash has `base` bytes, with `tree`.
    fn folder(
        &self,
        tree: Option<ObjectId>,
        cache: Option<&Cache>,
        entries: &'a [Entry],
        base: usize,
    ) -> Result<u32, Beyond> {
        let Some(tree) = tree else { return Ok(self.added(entries)) };
        if let Some(cache) = cache
            && cache.id == tree
            && cache.num_entries.is_some_and(|number| number as usize == entries.len())
        {
            return Ok(0);
        }
        let mut buffer = Vec::new();
        let mut theirs = self.tree(&tree, &mut buffer)?.map(|entry| entry.map_err(|_| UNREADABLE)).peekable();
        let mut rest = entries;
        let mut count = 0;
        loop {
            let ours = self.first(rest, base);
            let order = match (&ours, theirs.peek()) {
                (None, None) => return Ok(count),
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(_), Some(Err(beyond))) => return Err(*beyond),
                (Some((name, child)), Some(Ok(entry))) => {
                    let is_folder = matches!(child, Child::Folder(_));
                    order((name, is_folder), (entry.filename, entry.mode.is_tree()))
                }
            };
            let theirs = if order == Ordering::Less { None } else { theirs.next().transpose()? };
            let ours = if order == Ordering::Greater { None } else { ours };
            if let Some((_, Child::File(group) | Child::Folder(group))) = &ours {
                rest = &rest[group.len()..];
            }
            count += match (ours, theirs) {
                (Some((name, Child::Folder(inside))), Some(entry)) => {
                    let cache = cache.and_then(|cache| cache.children.iter().find(|child| name == &child.name[..]));
                    self.folder(Some(entry.oid.to_owned()), cache, inside, base + name.len() + 1)?
                }
                (Some((_, Child::File(group))), Some(entry)) => file(group, entry.oid, entry.mode.kind()),
                (Some((_, Child::File(group) | Child::Folder(group))), None) => self.added(group),
                (None, Some(entry)) if entry.mode.is_tree() => self.files_in(entry.oid)?,
                (None, Some(_)) => 1,
                (None, None) => 0,
            };
        }
    }

    fn tree<'b>(&self, id: &gix::hash::oid, buffer: &'b mut Vec<u8>) -> Result<TreeRefIter<'b>, Beyond> {
        self.objects.find_tree_iter(id, buffer).map_err(|_| UNREADABLE)
    }

    /// The first name in the folder and the entries that belong to it.
    fn first(&self, entries: &'a [Entry], base: usize) -> Option<(&'a [u8], Child<'a>)> {
        let path = |entry: &Entry| -> &'a [u8] { entry.path(self.index) };
        let first = path(entries.first()?);
        match first[base..].find_byte(b'/') {
            Some(slash) => {
                let folder = &first[..=base + slash];
                let len = entries.partition_point(|entry| path(entry).starts_with(folder));
                Some((&first[base..base + slash], Child::Folder(&entries[..len])))
            }
            None => {
                let len = entries.iter().take_while(|entry| path(entry) == first).count();
                Some((&first[base..], Child::File(&entries[..len])))
            }
        }
    }

    /// The paths in `entries` that an empty tree lacks.
    fn added(&self, entries: &[Entry]) -> u32 {
        let added = entries.iter().filter(|entry| entry.stage_raw() == 0 && !is_only_intended(entry)).count();
        u32::try_from(added).unwrap_or(u32::MAX)
    }

    fn files_in(&self, tree: &gix::hash::oid) -> Result<u32, Beyond> {
        let mut buffer = Vec::new();
        let mut count = 0;
        for entry in self.tree(tree, &mut buffer)? {
            let entry = entry.map_err(|_| UNREADABLE)?;
            count += if entry.mode.is_tree() { self.files_in(entry.oid)? } else { 1 };
        }
        Ok(count)
    }
}

const UNREADABLE: Beyond = Beyond("a tree cannot be read");

/// `git add --intent-to-add`: git status takes the entry for not there when it looks at what is staged.
fn is_only_intended(entry: &Entry) -> bool {
    entry.flags.contains(Flags::INTENT_TO_ADD)
}

fn file(group: &[Entry], id: &gix::hash::oid, kind: EntryKind) -> u32 {
    let [entry] = group else { return 0 };
    if entry.stage_raw() != 0 {
        return 0;
    }
    let mode = match kind {
        EntryKind::Blob => Mode::FILE,
        EntryKind::BlobExecutable => Mode::FILE_EXECUTABLE,
        EntryKind::Link => Mode::SYMLINK,
        EntryKind::Commit => Mode::COMMIT,
        EntryKind::Tree => Mode::DIR,
    };
    u32::from(is_only_intended(entry) || entry.mode != mode || entry.id != id)
}

/// The order of names in a tree and, cut to one folder, in the index: as if those of folders ended with a slash.
fn order(ours: (&[u8], bool), theirs: (&[u8], bool)) -> Ordering {
    let slash = |is_folder: bool| is_folder.then_some(&b'/');
    ours.0.iter().chain(slash(ours.1)).cmp(theirs.0.iter().chain(slash(theirs.1)))
}
