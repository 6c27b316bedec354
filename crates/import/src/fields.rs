//! What a column of a file can mean, and which of it each kind of file has.

/// What the rows of a file tell of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Lines of customers' orders.
    #[default]
    Orders,
    /// Items: what they are, how they are sold and bought.
    Items,
    /// What was counted of an item at a location.
    Stock,
    /// Lines of deliveries that came in.
    Receipts,
    /// Lines of purchase orders that are open.
    Purchases,
}

/// What a column can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The order's number.
    Order,
    /// The goods code.
    Sku,
    /// Units, or the count of them.
    Quantity,
    /// When it was ordered.
    At,
    /// What one unit costs, as a decimal of the currency's major unit.
    Price,
    /// What all units of the row cost.
    LineTotal,
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
    /// How far the shop is with the order; several columns may say it.
    Status,
    /// When it was cancelled; blank if it was not.
    CancelledAt,
    /// When it was done; blank if it is not.
    DoneAt,
    /// What an item is counted in.
    Unit,
    /// The smallest quantity of an item.
    Step,
    /// What happens to an order when no stock is free.
    Sold,
    /// The most units that may wait.
    Cap,
    /// The longest wait, in days.
    WaitDays,
    /// What is offered instead, the best first.
    Substitutes,
    /// Days for which an offer stands.
    OfferDays,
    /// Who sells the goods to us.
    Supplier,
    /// At this position, or below, more is requested.
    ReorderPoint,
    /// The position to which more is requested.
    OrderUpTo,
    /// Units in a pack.
    Pack,
    /// Days from order to delivery.
    LeadTimeDays,
    /// Units that are assigned to nobody.
    SafetyStock,
    /// Where the goods lie, or were put.
    Location,
    /// The delivery's number.
    Delivery,
    /// The number of a line of a delivery.
    Line,
    /// The day of the delivery.
    Date,
    /// The purchase order that was delivered.
    PurchaseOrder,
    /// When the goods are to arrive.
    Expected,
}

const ORDERS: [Field; 17] = [
    Field::Order,
    Field::Sku,
    Field::Quantity,
    Field::At,
    Field::Price,
    Field::LineTotal,
    Field::Description,
    Field::Customer,
    Field::Tier,
    Field::Email,
    Field::Channel,
    Field::Country,
    Field::Region,
    Field::Currency,
    Field::Status,
    Field::CancelledAt,
    Field::DoneAt,
];

pub(crate) const ITEMS: [Field; 15] = [
    Field::Sku,
    Field::Description,
    Field::Unit,
    Field::Step,
    Field::Sold,
    Field::Cap,
    Field::WaitDays,
    Field::Substitutes,
    Field::OfferDays,
    Field::Supplier,
    Field::ReorderPoint,
    Field::OrderUpTo,
    Field::Pack,
    Field::LeadTimeDays,
    Field::SafetyStock,
];

const STOCK: [Field; 3] = [Field::Sku, Field::Quantity, Field::Location];

const RECEIPTS: [Field; 8] = [
    Field::Delivery,
    Field::Sku,
    Field::Quantity,
    Field::Location,
    Field::Date,
    Field::Supplier,
    Field::Line,
    Field::PurchaseOrder,
];

const PURCHASES: [Field; 5] = [
    Field::PurchaseOrder,
    Field::Sku,
    Field::Quantity,
    Field::Supplier,
    Field::Expected,
];

/// What shops also call a field, in letters and digits alone.
const ALIKE: [(Field, &[&str]); 33] = [
    (
        Field::Order,
        &[
            "orderid",
            "orderno",
            "ordernumber",
            "ordernr",
            "number",
            "invoiceno",
        ],
    ),
    (
        Field::Sku,
        &[
            "article",
            "item",
            "itemcode",
            "itemno",
            "itemnumber",
            "productcode",
            "product",
            "stockcode",
            "itemsku",
            "articleno",
            "articlenumber",
            "partno",
            "partnumber",
            "code",
        ],
    ),
    (
        Field::Quantity,
        &[
            "qty",
            "pieces",
            "units",
            "amountordered",
            "orderedquantity",
            "count",
            "counted",
            "onhand",
            "available",
            "stock",
            "received",
            "qtyreceived",
            "delivered",
            "instock",
        ],
    ),
    (
        Field::At,
        &[
            "date",
            "orderdate",
            "createdat",
            "placed",
            "purchasedate",
            "saledate",
        ],
    ),
    (Field::Price, &["price", "itemprice", "priceperunit"]),
    (Field::LineTotal, &["itemtotal"]),
    (
        Field::Description,
        &["itemname", "productname", "title", "name"],
    ),
    (
        Field::Customer,
        &["customerid", "customerno", "buyer", "client"],
    ),
    (
        Field::Email,
        &["mail", "emailaddress", "customeremail", "buyeremail"],
    ),
    (
        Field::Country,
        &["shipcountry", "shippingcountry", "countrycode"],
    ),
    (Field::Currency, &["currencycode"]),
    (Field::Status, &["orderstatus", "state"]),
    (Field::CancelledAt, &["canceledat", "cancelled"]),
    (Field::DoneAt, &["shippedat", "shippedon", "dateshipped"]),
    (Field::Unit, &["uom", "unitofmeasure", "measure"]),
    (Field::Step, &["increment", "smallestquantity"]),
    (
        Field::Sold,
        &["segment", "policy", "backorders", "backordersallowed"],
    ),
    (Field::Cap, &["backordercap", "maxbackorder", "maxwaiting"]),
    (
        Field::WaitDays,
        &["longestwait", "longestwaitdays", "maxwaitdays"],
    ),
    (
        Field::Substitutes,
        &["alternatives", "substitute", "replacedby"],
    ),
    (Field::OfferDays, &["offerstands"]),
    (
        Field::Supplier,
        &["vendor", "supplierid", "vendorid", "suppliername"],
    ),
    (
        Field::ReorderPoint,
        &["reorderlevel", "minstock", "minimumstock", "min"],
    ),
    (
        Field::OrderUpTo,
        &["maxstock", "maximumstock", "max", "targetstock"],
    ),
    (Field::Pack, &["packsize", "packqty", "unitsperpack", "moq"]),
    (Field::LeadTimeDays, &["leadtime", "deliverydays"]),
    (Field::SafetyStock, &["safety", "bufferstock", "reserve"]),
    (
        Field::Location,
        &[
            "warehouse",
            "site",
            "store",
            "place",
            "locationid",
            "depot",
            "branch",
        ],
    ),
    (
        Field::Delivery,
        &[
            "deliveryno",
            "deliverynumber",
            "deliverynote",
            "deliverynoteno",
            "document",
            "documentno",
            "receipt",
            "receiptno",
            "asn",
            "grn",
        ],
    ),
    (Field::Line, &["lineno", "linenumber", "position", "pos"]),
    (
        Field::Date,
        &[
            "deliverydate",
            "receivedat",
            "receiptdate",
            "day",
            "receivedon",
        ],
    ),
    (
        Field::PurchaseOrder,
        &[
            "po",
            "pono",
            "ponumber",
            "purchaseorderno",
            "purchaseorderid",
        ],
    ),
    (
        Field::Expected,
        &[
            "eta",
            "arrives",
            "arrival",
            "arrivaldate",
            "expectedat",
            "expecteddate",
            "expectedon",
            "duedate",
            "due",
            "deliverydate",
        ],
    ),
];

impl Kind {
    /// What a file of this kind may say.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Orders => &ORDERS,
            Self::Items => &ITEMS,
            Self::Stock => &STOCK,
            Self::Receipts => &RECEIPTS,
            Self::Purchases => &PURCHASES,
        }
    }

    /// What a file of this kind must say.
    pub const fn needed(self) -> &'static [Field] {
        match self {
            Self::Orders => &[Field::Order, Field::Sku, Field::Quantity, Field::At],
            Self::Items => &[Field::Sku],
            Self::Stock => &[Field::Sku, Field::Quantity],
            Self::Receipts => &[Field::Delivery, Field::Sku, Field::Quantity],
            Self::Purchases => &[Field::PurchaseOrder, Field::Sku, Field::Quantity],
        }
    }

    pub(crate) fn needs(self, field: Field) -> bool {
        self.needed().contains(&field)
    }

    /// The names of its fields.
    pub fn names(self) -> Vec<&'static str> {
        self.fields().iter().map(|field| field.name()).collect()
    }
}

impl Field {
    /// Its name in a declared map, and its column in a `plain` file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Sku => "sku",
            Self::Quantity => "quantity",
            Self::At => "placed_at",
            Self::Price => "unit_price",
            Self::LineTotal => "line_total",
            Self::Description => "description",
            Self::Customer => "customer",
            Self::Tier => "tier",
            Self::Email => "email",
            Self::Channel => "channel",
            Self::Country => "country",
            Self::Region => "region",
            Self::Currency => "currency",
            Self::Status => "status",
            Self::CancelledAt => "cancelled_at",
            Self::DoneAt => "done_at",
            Self::Unit => "unit",
            Self::Step => "step",
            Self::Sold => "sold",
            Self::Cap => "cap",
            Self::WaitDays => "wait_days",
            Self::Substitutes => "substitutes",
            Self::OfferDays => "offer_days",
            Self::Supplier => "supplier",
            Self::ReorderPoint => "reorder_point",
            Self::OrderUpTo => "order_up_to",
            Self::Pack => "pack",
            Self::LeadTimeDays => "lead_time_days",
            Self::SafetyStock => "safety_stock",
            Self::Location => "location",
            Self::Delivery => "delivery",
            Self::Line => "line",
            Self::Date => "date",
            Self::PurchaseOrder => "purchase_order",
            Self::Expected => "expected",
        }
    }

    /// What shops also call it, in letters and digits alone.
    pub(crate) fn alike(self) -> &'static [&'static str] {
        let found = ALIKE.iter().find(|(field, _)| *field == self);
        found.map_or(&[], |(_, names)| names)
    }
}
