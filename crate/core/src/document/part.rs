//! Which part of a document stands under which name: for who reads its text, and not the document.

use super::{Branch, Kind, Shape, field};

/// A part of a document that has entries, or says where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What holds the tables and the tree: the drive. Of a shared folder, the document itself.
    Holder,
    /// The entries of a kind.
    Table(Kind),
    /// The folders whose password somebody changed.
    OldFolders,
    /// The account's teams.
    Teams,
    /// The calendars of the account, or of a team.
    Calendars,
    /// A part of the tree.
    Tree(Branch),
}

impl Part {
    /// The part that has this name at the top of a document of this shape.
    pub fn of_document(shape: Shape, name: &str) -> Option<Self> {
        match (shape, name) {
            (Shape::Folder, name) => Self::of_holder(name),
            (_, field::DRIVE) => Some(Self::Holder),
            (Shape::Account, field::TEAMS) => Some(Self::Teams),
            (Shape::Account | Shape::Team, field::CALENDARS) => Some(Self::Calendars),
            _ => None,
        }
    }

    /// The part that has this name in the object that holds the tables.
    pub fn of_holder(name: &str) -> Option<Self> {
        let table = Kind::ALL.into_iter().find(|kind| kind.table() == name).map(Self::Table);
        let old = (name == field::SHARED_FOLDERS_TEMP).then_some(Self::OldFolders);
        let branch = || Branch::ALL.into_iter().find(|branch| branch.field() == name).map(Self::Tree);
        table.or(old).or_else(branch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_and_every_branch_has_its_name() {
        let names =
            ["filesData", "sharedFolders", "static", "sharedFoldersTemp", "root", "template", "trash"];
        let parts: Vec<Part> = names.into_iter().filter_map(Part::of_holder).collect();
        let tables = Kind::ALL.map(Part::Table).into_iter().chain([Part::OldFolders]);
        assert_eq!(parts, tables.chain(Branch::ALL.map(Part::Tree)).collect::<Vec<_>>());
        assert_eq!(Part::of_document(Shape::Folder, "root"), Some(Part::Tree(Branch::Root)));
        assert_eq!(Part::of_document(Shape::Account, "root"), None);
        for (shape, teams) in [(Shape::Account, Some(Part::Teams)), (Shape::Team, None)] {
            assert_eq!(Part::of_document(shape, "drive"), Some(Part::Holder));
            assert_eq!(Part::of_document(shape, "teams"), teams);
            assert_eq!(Part::of_document(shape, "calendars"), Some(Part::Calendars));
        }
        assert_eq!(Part::of_document(Shape::Folder, "calendars"), None);
    }
}
