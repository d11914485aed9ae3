//! What lies at its live place and in cold storage at once. Folders are listed, and only what is in both is asked about: of the
//! hundreds of thousands of documents of a store a few hundred are.

use crate::disk::{Disk, Kind, stat_if_there};
use crate::id::ItemId;
use crate::paths::{ItemFiles, Paths};
use crate::walk::{Item, Part, Store};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// The live and the archived side of every id that lies in both places, channels first, in the order of ids.
///
/// # Errors
/// The error of the file system, with the folder or file: what cannot be looked at may be in both places.
pub fn in_both_places(disk: &dyn Disk, paths: &Paths) -> io::Result<Vec<(Item, Item)>> {
    let mut found = Vec::new();
    for (live, cold, store) in
        [(&paths.channels, "datastore", Store::Channels), (&paths.blobs, "blob", Store::Blobs)]
    {
        let cold = paths.archive.join(cold);
        let mut shards: Vec<String> = names(disk, &cold, Kind::Folder)?;
        shards.retain(|shard| shard.chars().count() == 2);
        shards.sort_unstable();
        for shard in shards {
            let archived: BTreeSet<ItemId> = ids(disk, &cold, &shard, store)?.collect();
            if archived.is_empty() {
                continue;
            }
            let both: BTreeSet<ItemId> =
                ids(disk, live, &shard, store)?.filter(|id| archived.contains(id)).collect();
            for id in both {
                found.push((item(disk, &id, paths.live(&id))?, item(disk, &id, paths.archived(&id))?));
            }
        }
    }
    Ok(found)
}

/// The ids of which a folder holds the body, the metadata or the activity.
fn ids(disk: &dyn Disk, root: &Path, shard: &str, store: Store) -> io::Result<impl Iterator<Item = ItemId>> {
    let shard = shard.to_owned();
    Ok(names(disk, &root.join(&shard), Kind::File)?.into_iter().filter_map(move |name| {
        let (id, part) = store.part(&name)?;
        let counts = matches!(part, Part::Body | Part::Metadata | Part::Activity) && id.shard() == shard;
        counts.then_some(id)
    }))
}

fn names(disk: &dyn Disk, folder: &Path, kind: Kind) -> io::Result<Vec<String>> {
    match disk.list(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(told(folder, error)),
        Ok(listed) => {
            let of_kind = listed.into_iter().filter(|entry| entry.kind == kind);
            Ok(of_kind.filter_map(|entry| entry.name.into_string().ok()).collect())
        }
    }
}

fn item(disk: &dyn Disk, id: &ItemId, files: ItemFiles) -> io::Result<Item> {
    let stat = |path: &Path| stat_if_there(disk, path).map_err(|error| told(path, error));
    Ok(Item {
        id: id.clone(),
        body: stat(&files.body)?,
        metadata: stat(&files.metadata)?,
        activity: files.activity.as_deref().map(stat).transpose()?.flatten(),
        has_placeholder: stat(&files.placeholder)?.is_some(),
    })
}

fn told(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::real::RealDisk;
    use std::fs;

    #[test]
    fn only_what_is_in_both_places_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::example(folder.path());
        let id = |n: usize| -> ItemId { format!("{n:032x}").parse().unwrap() };
        let write = |path: &Path| {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        };
        write(&paths.live(&id(1)).body);
        write(&paths.archived(&id(2)).body);
        write(&paths.live(&id(3)).metadata);
        write(&paths.archived(&id(3)).body);
        write(&paths.live(&id(4)).placeholder);
        write(&paths.archived(&id(4)).body);
        let blob: ItemId = "05".repeat(24).parse().unwrap();
        write(&paths.live(&blob).body);
        write(&paths.archived(&blob).body);
        // At a wrong place neither server nor script finds it.
        fs::create_dir_all(paths.archive.join("datastore/ff")).unwrap();
        fs::write(paths.archive.join("datastore/ff").join(format!("{}.ndjson", id(1))), "x").unwrap();
        let found = in_both_places(&RealDisk, &paths).unwrap();
        assert_eq!(found.iter().map(|(live, _)| live.id.clone()).collect::<Vec<_>>(), [id(3), blob]);
        assert!(found[0].0.body.is_none() && found[0].1.body.is_some());
    }

    #[test]
    fn what_cannot_be_listed_is_an_error_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::example(folder.path());
        let id: ItemId = "0".repeat(32).parse().unwrap();
        let archived = paths.archived(&id).body;
        fs::create_dir_all(archived.parent().unwrap()).unwrap();
        fs::write(&archived, "x").unwrap();
        fs::create_dir_all(&paths.channels).unwrap();
        fs::write(paths.channels.join("00"), "a file in place of the folder").unwrap();
        let error = in_both_places(&RealDisk, &paths).unwrap_err();
        assert!(error.to_string().contains("00"), "{error}");
    }
}
