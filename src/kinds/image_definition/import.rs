//! A live image definition as an entry.

use crate::kinds::importing::Importing;

pub(super) const IMPORTING: Importing = Importing {
    first: &["name", "gallery", "description"],
    told: &[],
    complete: |live, neighbours, entry| {
        entry.insert("name".to_owned(), live.id.name().into());
        let gallery = live.id.parent().and_then(|gallery| neighbours.galleries.get(&gallery));
        if let Some(gallery) = gallery.filter(|_| neighbours.own_galleries != 1) {
            entry.insert("gallery".to_owned(), gallery.as_str().into());
        }
        Ok(())
    },
};
