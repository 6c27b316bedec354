//! A file whose columns are called as the fields are. Must not know what any shop calls them.

use crate::columns::ColumnMap;
use crate::fields::Kind;

/// Our own: columns are called as the fields are, and every code is goods.
pub(crate) fn plain(kind: Kind) -> ColumnMap {
    let fields = kind.fields().iter();
    ColumnMap {
        name: "plain".into(),
        kind,
        columns: fields
            .map(|field| (*field, field.name().to_owned()))
            .collect(),
        named: 0,
        of_all: None,
        cancels_with: None,
        corrects_stock: false,
        no_goods: Vec::new(),
        capitals: false,
        decimal: None,
        currency: None,
        channel: "import".into(),
    }
}
