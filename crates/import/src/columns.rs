//! Which column of a file means what: presets, and maps that the caller declares.

use csv::ByteRecord;

/// What a column can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The order's number. Needed.
    Order,
    /// The goods code. Needed.
    Sku,
    /// Units. Needed.
    Quantity,
    /// When it was ordered. Needed.
    At,
    /// What one unit costs, as a decimal of the currency's major unit.
    Price,
    /// What the goods are called.
    Description,
    /// The customer's number.
    Customer,
    /// The customer's standing.
    Tier,
    /// The customer's e-mail address.
    Email,
    /// How the order came.
    Channel,
    /// Where the goods go.
    Country,
    /// A region within the network.
    Region,
    /// What the price is in.
    Currency,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Order,
        Self::Sku,
        Self::Quantity,
        Self::At,
        Self::Price,
        Self::Description,
        Self::Customer,
        Self::Tier,
        Self::Email,
        Self::Channel,
        Self::Country,
        Self::Region,
        Self::Currency,
    ];

    /// Its name in a declared map, and its column in a `plain` file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Sku => "sku",
            Self::Quantity => "quantity",
            Self::At => "placed_at",
            Self::Price => "unit_price",
            Self::Description => "description",
            Self::Customer => "customer",
            Self::Tier => "tier",
            Self::Email => "email",
            Self::Channel => "channel",
            Self::Country => "country",
            Self::Region => "region",
            Self::Currency => "currency",
        }
    }

    const fn is_needed(self) -> bool {
        matches!(self, Self::Order | Self::Sku | Self::Quantity | Self::At)
    }
}

/// What a file's columns are called, and what its values mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMap {
    /// What it is called in messages.
    pub name: String,
    /// Which column holds what, by its header; a column that the file lacks is left out.
    pub columns: Vec<(Field, String)>,
    /// Only a document whose number begins with this takes back goods; without it, every row
    /// with a negative quantity does.
    pub cancels_with: Option<char>,
    /// Codes that are no goods, in capitals; one that ends in `*` is a beginning.
    pub no_goods: Vec<String>,
    /// Goods codes differ in case by carelessness only, and are read in capitals.
    pub capitals: bool,
    /// What prices are in where the file does not say.
    pub currency: String,
    /// How orders came where the file does not say.
    pub channel: String,
}

/// Why a file's header cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// A column that is needed is not in the header.
    #[error("there is no column `{column}` for {field}; the header has: {header}")]
    Missing {
        /// What it is needed for.
        field: &'static str,
        /// What it should be called.
        column: String,
        /// What there is.
        header: String,
    },
    /// A declared map has a part that is not `FIELD=COLUMN`, or an unknown field.
    #[error("`{part}` is not FIELD=COLUMN with a field of: {fields}")]
    Declared {
        /// The part.
        part: String,
        /// The fields there are.
        fields: String,
    },
}

impl ColumnMap {
    /// Our own: columns are called as the fields are, and every code is goods.
    pub fn plain() -> Self {
        Self {
            name: "plain".into(),
            columns: Field::ALL
                .map(|field| (field, field.name().to_owned()))
                .to_vec(),
            cancels_with: None,
            no_goods: Vec::new(),
            capitals: false,
            currency: "EUR".into(),
            channel: "import".into(),
        }
    }

    /// The data set *Online Retail* (UCI): a UK wholesaler's invoices, cancelled by documents
    /// whose number begins with `C`.
    pub fn online_retail() -> Self {
        let columns = [
            (Field::Order, "InvoiceNo"),
            (Field::Sku, "StockCode"),
            (Field::Quantity, "Quantity"),
            (Field::At, "InvoiceDate"),
            (Field::Price, "UnitPrice"),
            (Field::Description, "Description"),
            (Field::Customer, "CustomerID"),
            (Field::Country, "Country"),
        ];
        let no_goods = [
            "POST",
            "DOT",
            "M",
            "S",
            "D",
            "B",
            "C2",
            "CRUK",
            "PADS",
            "AMAZONFEE",
            "BANK CHARGES",
            "GIFT_*",
            "TEST*",
        ];
        Self {
            name: "online-retail".into(),
            columns: columns
                .map(|(field, column)| (field, column.to_owned()))
                .to_vec(),
            cancels_with: Some('C'),
            no_goods: no_goods.map(str::to_owned).to_vec(),
            capitals: true,
            currency: "GBP".into(),
            channel: "web".into(),
        }
    }

    /// A preset by its name, or a map declared as `FIELD=COLUMN,FIELD=COLUMN,…`.
    ///
    /// # Errors
    /// [`ColumnError::Declared`] for a part that is neither.
    pub fn declared(text: &str) -> Result<Self, ColumnError> {
        match text {
            "plain" => return Ok(Self::plain()),
            "online-retail" => return Ok(Self::online_retail()),
            _ => {}
        }
        let mut map = Self {
            name: "declared".into(),
            columns: Vec::new(),
            ..Self::plain()
        };
        for part in text.split(',') {
            let declared = part.split_once('=').and_then(|(name, column)| {
                let field = Field::ALL
                    .into_iter()
                    .find(|field| field.name() == name.trim())?;
                Some((field, column.trim().to_owned()))
            });
            map.columns
                .push(declared.ok_or_else(|| ColumnError::Declared {
                    part: part.to_owned(),
                    fields: Field::ALL.map(Field::name).join(", "),
                })?);
        }
        Ok(map)
    }

    /// The preset whose needed columns a header has.
    pub fn recognise(header: &ByteRecord) -> Option<Self> {
        [Self::plain(), Self::online_retail()]
            .into_iter()
            .find(|map| Columns::resolve(map, header).is_ok())
    }

    /// Whether this code stands for something that is no goods.
    pub fn is_no_goods(&self, code: &str) -> bool {
        let code = code.to_uppercase();
        self.no_goods
            .iter()
            .any(|listed| match listed.strip_suffix('*') {
                Some(beginning) => code.starts_with(beginning),
                None => code == *listed,
            })
    }
}

/// Where each field stands in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<(Field, usize)>);

impl Columns {
    /// Finds the map's columns in a header.
    ///
    /// # Errors
    /// [`ColumnError::Missing`] when one that is needed is not there.
    pub fn resolve(map: &ColumnMap, header: &ByteRecord) -> Result<Self, ColumnError> {
        let names: Vec<String> = header.iter().map(clean).collect();
        let mut found = Vec::with_capacity(map.columns.len());
        for (field, column) in &map.columns {
            if let Some(index) = names.iter().position(|name| name == column) {
                found.push((*field, index));
            }
        }
        for field in Field::ALL {
            if field.is_needed() && !found.iter().any(|(known, _)| *known == field) {
                let column = map.columns.iter().find(|(known, _)| *known == field);
                return Err(ColumnError::Missing {
                    field: field.name(),
                    column: column.map_or_else(|| "?".to_owned(), |(_, name)| name.clone()),
                    header: names.join(", "),
                });
            }
        }
        Ok(Self(found))
    }

    /// A record's text for a field: `None` if the file has no such column or the record is too
    /// short.
    pub fn text(&self, record: &ByteRecord, field: Field) -> Option<String> {
        let (_, index) = self.0.iter().find(|(known, _)| *known == field)?;
        record.get(*index).map(clean)
    }

    /// Whether the record reaches as far as every needed column.
    pub fn suffices(&self, record: &ByteRecord) -> bool {
        self.0
            .iter()
            .all(|(field, index)| !field.is_needed() || *index < record.len())
    }
}

/// Bytes as text, without space around it and without a byte order mark. What is no UTF-8 is
/// read as Latin-1, in which old files are written.
fn clean(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    text.trim_start_matches('\u{feff}').trim().to_owned()
}
