//! The names of the fields, for those who write them (PROTOCOL.md 14.1 to 14.3, 15.1, 16.1, 18.1).

// The account document.
pub(crate) const DRIVE: &str = "drive";
pub(crate) const TEAMS: &str = "teams";
pub(crate) const MAILBOXES: &str = "mailboxes";
pub(crate) const CALENDARS: &str = "calendars";
pub(crate) const FRIENDS: &str = "friends";
pub(crate) const PROFILE: &str = "profile";
pub(crate) const AVATAR: &str = "avatar";
pub(crate) const DISPLAY_NAME: &str = "cryptpad.username";
pub(crate) const ED_PUBLIC: &str = "edPublic";
pub(crate) const ED_PRIVATE: &str = "edPrivate";
pub(crate) const CURVE_PUBLIC: &str = "curvePublic";
pub(crate) const CURVE_PRIVATE: &str = "curvePrivate";

// Teams and mailboxes in it.
pub(crate) const KEYS: &str = "keys";
pub(crate) const MAILBOX: &str = "mailbox";
pub(crate) const NOTIFICATIONS: &str = "notifications";
pub(crate) const VIEWED: &str = "viewed";
pub(crate) const ROSTER: &str = "roster";
pub(crate) const LAST_KNOWN: &str = "lastKnownHash";

// What holds the entries: a drive, or a folder.
pub(crate) const FILES: &str = "filesData";
pub(crate) const STATICS: &str = "static";
pub(crate) const SHARED_FOLDERS: &str = "sharedFolders";
pub(crate) const SHARED_FOLDERS_TEMP: &str = "sharedFoldersTemp";
pub(crate) const BEFORE_IDS: &str = "CryptPad_RECENTPADS";
pub(crate) const ROOT: &str = "root";
pub(crate) const TEMPLATE: &str = "template";
pub(crate) const TRASH: &str = "trash";
/// What stands in the trash: an entry or a folder.
pub(crate) const ELEMENT: &str = "element";
/// Where it stood before.
pub(crate) const PATH: &str = "path";
pub(crate) const METADATA: &str = "metadata";
pub(crate) const VERSION: &str = "version";

// An entry.
pub(crate) const CHANNEL: &str = "channel";
pub(crate) const HREF: &str = "href";
pub(crate) const RO_HREF: &str = "roHref";
pub(crate) const PASSWORD: &str = "password";
pub(crate) const TITLE: &str = "title";
pub(crate) const FILE_NAME: &str = "filename";
pub(crate) const NAME: &str = "name";
pub(crate) const LAST_TITLE: &str = "lastTitle";
pub(crate) const TAGS: &str = "tags";
pub(crate) const OWNERS: &str = "owners";
pub(crate) const CREATED: &str = "ctime";
pub(crate) const OPENED: &str = "atime";
pub(crate) const EXPIRES: &str = "expire";
pub(crate) const FILE_TYPE: &str = "fileType";
pub(crate) const REAL_TIME: &str = "rtChannel";
pub(crate) const ANSWERS: &str = "answersChannel";
pub(crate) const LAST_VERSION: &str = "lastVersion";
pub(crate) const IMAGES: &str = "ooImages";
