use super::additions::BATCH_BYTES;
use super::*;
use crate::pins::hash::list_hash;

fn drive() -> ChannelId {
    ChannelId::parse(&"d".repeat(32)).unwrap()
}

pub(crate) fn set(ids: &[&str]) -> IdSet {
    ids.iter().filter_map(|id| PinId::parse(id)).collect()
}

pub(crate) fn additions(ids: IdSet) -> Additions {
    let folders = Arc::from([]);
    let (ranks, stored) = (Arc::default(), Arc::default());
    let (owner, block, drive_again) = (None, None, false);
    let listing =
        Listing { owner, ids, folders, ranks, stored, drive: drive(), block, drive_again, version: 0 };
    Additions::of(Arc::new(listing))
}

#[test]
fn only_what_is_in_the_list_is_tagged() {
    let other = "e".repeat(32);
    assert_eq!(tagged(&set(&[&other]), &drive(), None)[..], [Text::from(other)]);
    let tag = Text::from(format!("{}#drive", drive()));
    assert_eq!(tagged(&set(&[drive().as_str()]), &drive(), None)[..], [tag]);
}

/// As CryptPad's client sends it: the server counts the channel once, whichever of the two it reads back.
#[test]
fn a_drive_that_is_also_one_of_its_documents_is_named_twice() {
    let tag = Text::from(format!("{}#drive", drive()));
    for (drive_again, expected) in [(false, vec![tag.clone()]), (true, vec![drive().as_str().into(), tag])] {
        let ids = set(&[drive().as_str()]);
        let listing = Listing {
            owner: None,
            ids,
            folders: Arc::from([]),
            ranks: Arc::default(),
            stored: Arc::default(),
            drive: drive(),
            block: None,
            drive_again,
            version: 0,
        };
        assert_eq!(listing.tagged()[..], expected);
        let sent = list_hash(expected.iter().filter_map(Text::as_str));
        let form = if drive_again { Form::TaggedAndBare } else { Form::Tagged };
        assert_eq!(listing.forms().agrees(&sent), Some(form));
    }
}

#[test]
fn people_and_devices_know_a_list_by_its_plain_hash() {
    let forms = additions(set(&[drive().as_str()])).forms();
    assert_eq!(forms.plain(), list_hash([drive().as_str()]));
    assert_eq!(forms.agrees(forms.plain()), Some(Form::Plain));
}

#[test]
fn a_frame_is_as_full_as_it_may_be_and_never_empty() {
    let sizes = |ids: IdSet| -> Vec<usize> {
        additions(ids).batches().iter().map(|batch| batch.ids().len()).collect()
    };
    let ids = |count: usize| (0..count).filter_map(|id| PinId::parse(&format!("{id:032}"))).collect();
    // Three bytes for each unit and three around the id.
    let most = BATCH_BYTES / (32 * 3 + 3);
    assert_eq!(sizes(ids(most)), [most]);
    assert_eq!(sizes(ids(2 * most + 1)), [most, most, 1]);
    let large = |letter: &str| letter.repeat(BATCH_BYTES);
    assert_eq!(sizes(set(&[&large("a"), "b", &large("c")])), [1, 1, 1]);
}

/// A device of an earlier version may have recorded such a text; it stays out of every list.
#[test]
fn what_is_no_id_is_in_no_list() {
    let listing = additions(IdSet::new()).listing().with_ids(set(&["a#b", "c", "d/e"]));
    assert_eq!(listing.ids, set(&["c"]));
}

#[test]
fn a_piece_of_a_frame_is_half_of_it_and_never_empty() {
    let batch = |ids: &[&str]| additions(set(ids)).batches().remove(0);
    let (first, second) = batch(&["a", "b", "c"]).halves().unwrap();
    assert_eq!((first.ids().len(), second.ids().len()), (1, 2));
    assert!(first.halves().is_none() && second.halves().is_some());
    assert!(batch(&[]).halves().is_none());
}
