use super::additions::BATCH_BYTES;
use super::*;
use crate::pins::hash::list_hash;

fn drive() -> ChannelId {
    ChannelId::parse(&"d".repeat(32)).unwrap()
}

pub(crate) fn additions(ids: Vec<Text>) -> Additions {
    let folders = Arc::from([]);
    let (ranks, stored) = (Arc::default(), Arc::from([]));
    let (owner, block, drive_again) = (None, None, false);
    let listing =
        Listing { owner, ids, folders, ranks, stored, drive: drive(), block, drive_again, version: 0 };
    Additions::of(Arc::new(listing))
}

#[test]
fn only_what_is_in_the_list_is_tagged() {
    let other = Text::from("e".repeat(32));
    assert_eq!(tagged(std::slice::from_ref(&other), &drive(), None), [other]);
    let tag = Text::from(format!("{}#drive", drive()));
    assert_eq!(tagged(&[drive().as_str().into()], &drive(), None), [tag]);
}

/// As CryptPad's client sends it: the server counts the channel once, whichever of the two it reads back.
#[test]
fn a_drive_that_is_also_one_of_its_documents_is_named_twice() {
    let tag = Text::from(format!("{}#drive", drive()));
    for (drive_again, expected) in [(false, vec![tag.clone()]), (true, vec![drive().as_str().into(), tag])] {
        let ids = vec![drive().as_str().into()];
        let listing = Listing {
            owner: None,
            ids,
            folders: Arc::from([]),
            ranks: Arc::default(),
            stored: Arc::from([]),
            drive: drive(),
            block: None,
            drive_again,
            version: 0,
        };
        assert_eq!(listing.tagged(), expected);
        let sent = list_hash(expected.iter().filter_map(Text::as_str));
        let form = if drive_again { Form::TaggedAndBare } else { Form::Tagged };
        assert_eq!(listing.forms().agrees(&sent), Some(form));
    }
}

#[test]
fn people_and_devices_know_a_list_by_its_plain_hash() {
    let forms = additions(vec![drive().as_str().into()]).forms();
    assert_eq!(forms.plain(), list_hash([drive().as_str()]));
    assert_eq!(forms.agrees(forms.plain()), Some(Form::Plain));
}

#[test]
fn a_frame_is_as_full_as_it_may_be_and_never_empty() {
    let sizes = |ids: Vec<Text>| -> Vec<usize> {
        additions(ids).batches().iter().map(|batch| batch.ids().len()).collect()
    };
    let ids = |count: usize| (0..count).map(|id| Text::from(format!("{id:032}"))).collect::<Vec<_>>();
    // Three bytes for each unit and three around the id.
    let most = BATCH_BYTES / (32 * 3 + 3);
    assert_eq!(sizes(ids(most)), [most]);
    assert_eq!(sizes(ids(2 * most + 1)), [most, most, 1]);
    let large = Text::from("a".repeat(BATCH_BYTES));
    assert_eq!(sizes(vec![large.clone(), "b".into(), large]), [1, 1, 1]);
}

/// A device of an earlier version may have recorded such a text; it stays out of every list.
#[test]
fn what_is_no_id_is_in_no_list() {
    let listing = additions(Vec::new()).listing().with_ids(vec!["a#b".into(), "c".into(), "d/e".into()]);
    assert_eq!(listing.ids, [Text::from("c")]);
}

#[test]
fn a_piece_of_a_frame_is_half_of_it_and_never_empty() {
    let batch = |ids: &[&str]| additions(ids.iter().map(|id| Text::from(*id)).collect()).batches().remove(0);
    let (first, second) = batch(&["a", "b", "c"]).halves().unwrap();
    assert_eq!((first.ids().len(), second.ids().len()), (1, 2));
    assert!(first.halves().is_none() && second.halves().is_some());
    assert!(batch(&[]).halves().is_none());
}
