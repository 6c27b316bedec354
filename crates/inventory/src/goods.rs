//! The doors through which the warehouse says what became of goods: requests read into commands,
//! and what a command needs of the log.

use std::iter::once;

use api::inventory::v1;
use chassis::wire::{key, key_or_new, optional, time};
use chassis::{Answer, Host, TransactError};
use domain::decider::Projection;
use domain::event::{
    Counted, CountedLine, MoveArrived, Moved, OrderClosed, OrderPlaced, Passage, Shipped,
    ShortPicked, SkuQuantity, SubstituteAccepted, WaveRecalled, WaveReleased,
};
use domain::ids::{
    CountId, LocationId, MoveId, OrderId, Position, RecallId, ReceiptId, ReturnId, Revision,
    ShortPickId, Sku, WaveId,
};
use domain::inventory::{
    CountStock, Inventory, InventoryRefusal, Left, MoveStock, RecallWave, ReceiveMove,
    ReportShortPick, ReturnGoods, Then,
};
use event_log::{Log, ReadError};
use tonic::Status;

/// A request to say what is there. What stock there was as of then is read with [`then`].
pub fn count_stock(request: &v1::CountStockRequest) -> Result<CountStock, Status> {
    let line = |asked: &v1::CountedSku| {
        Ok(CountedLine {
            sku: key("lines.sku", &asked.sku, Sku::new)?,
            counted: asked.counted,
            change: 0,
        })
    };
    let lines = request.lines.iter().map(line);
    let as_of = request.as_of_revision;
    Ok(CountStock {
        asked: Counted {
            count: key_or_new("count_id", &request.count_id, CountId::new)?,
            location: key("location_id", &request.location_id, LocationId::new)?,
            lines: lines.collect::<Result<_, Status>>()?,
            as_of: (as_of > 0).then_some(Revision(as_of)),
            without_reserved: request.without_reserved,
        },
        then: None,
    })
}

/// What stock there was as of the revision of a count, if it names one.
pub async fn then(host: &Host<Inventory>, asked: &Counted) -> Result<Option<Vec<Then>>, Status> {
    let Some(as_of) = asked.as_of else {
        return Ok(None);
    };
    let past = host.past(as_of).await?;
    // It may have been called otherwise then.
    let renamed = host.read(|inventory| inventory.renamed().clone());
    let of = |line: &CountedLine| {
        let now = renamed.now(&line.sku);
        let mut names = once(now).chain(renamed.former(now));
        let then = names.find(|sku| past.state.stock(sku).is_some());
        let count = past.state.count(then.unwrap_or(now), &asked.location);
        Then {
            on_hand: count.on_hand,
            reserved: count.reserved,
        }
    };
    Ok(Some(asked.lines.iter().map(of).collect()))
}

/// A request to move stock.
pub fn move_stock(request: &v1::MoveStockRequest) -> Result<MoveStock, Status> {
    let line = |asked: &v1::SkuQuantity| {
        Ok(SkuQuantity {
            sku: key("lines.sku", &asked.sku, Sku::new)?,
            quantity: asked.quantity,
        })
    };
    let lines = request.lines.iter().map(line);
    Ok(MoveStock {
        id: key_or_new("move_id", &request.move_id, MoveId::new)?,
        from: key(
            "from_location_id",
            &request.from_location_id,
            LocationId::new,
        )?,
        to: key("to_location_id", &request.to_location_id, LocationId::new)?,
        lines: lines.collect::<Result<_, Status>>()?,
        arrives: time("arrives_at", request.arrives_at)?,
    })
}

/// A request to count in what travelled.
pub fn receive_move(request: &v1::ReceiveMoveRequest) -> Result<ReceiveMove, Status> {
    let line = |asked: &v1::SkuQuantity| {
        Ok(SkuQuantity {
            sku: key("lines.sku", &asked.sku, Sku::new)?,
            quantity: asked.quantity,
        })
    };
    let lines = request.lines.iter().map(line);
    Ok(ReceiveMove {
        receipt: key_or_new("receipt_id", &request.receipt_id, ReceiptId::new)?,
        id: key("move_id", &request.move_id, MoveId::new)?,
        location: key("location_id", &request.location_id, LocationId::new)?,
        lines: lines.collect::<Result<_, Status>>()?,
        rest_lost: request.rest_lost,
    })
}

/// A request to take lines back from the floor.
pub fn recall_wave(request: &v1::RecallWaveRequest) -> Result<RecallWave, Status> {
    Ok(RecallWave {
        recall: key_or_new("recall_id", &request.recall_id, RecallId::new)?,
        wave: optional("wave_id", &request.wave_id, WaveId::new)?,
        order: optional("order_id", &request.order_id, OrderId::new)?,
    })
}

/// A report of a short pick.
pub fn report_short_pick(request: &v1::ReportShortPickRequest) -> Result<ReportShortPick, Status> {
    Ok(ReportShortPick {
        report: key_or_new("report_id", &request.report_id, ShortPickId::new)?,
        order: key("order_id", &request.order_id, OrderId::new)?,
        location: key("location_id", &request.location_id, LocationId::new)?,
        found: request
            .lines
            .iter()
            .map(|line| (line.line, line.found))
            .collect(),
        skus: Vec::new(),
    })
}

/// A request to take goods back. What of a closed order had left is read with [`left`].
pub fn return_goods(request: v1::ReturnGoodsRequest) -> Result<ReturnGoods, Status> {
    Ok(ReturnGoods {
        id: key_or_new("return_id", &request.return_id, ReturnId::new)?,
        order: key("order_id", &request.order_id, OrderId::new)?,
        location: key("location_id", &request.location_id, LocationId::new)?,
        lines: request
            .lines
            .iter()
            .map(|line| (line.line, line.quantity))
            .collect(),
        scrapped: request.scrapped,
        reason: request.reason,
        left: Vec::new(),
        skus: Vec::new(),
    })
}

/// What of an order had left when it closed, if it is closed: its closing says how much, and its
/// placing and what was taken instead say of which SKU.
pub async fn left(host: &Host<Inventory>, order: &OrderId) -> Result<Vec<Left>, Status> {
    let Some(closing) = host.read(|inventory| inventory.closing(order)) else {
        return Ok(Vec::new());
    };
    let log = host.log();
    let closed = read(log, order, closing).await?;
    let Some(closed) = OrderClosed::of(&closed) else {
        let problem = format!("there is no closing of order {order} at {closing}");
        return Err(unreadable(problem));
    };
    let mut skus = Vec::new();
    let placed = read(log, order, closed.opened).await?;
    if let Some(placed) = OrderPlaced::of(&placed) {
        skus.extend(
            placed
                .lines
                .iter()
                .map(|line| (line.line, line.sku.clone())),
        );
    }
    for at in &closed.substituted {
        if let Some(accepted) = SubstituteAccepted::of(&read(log, order, *at).await?) {
            skus.push((accepted.new_line, accepted.sku.clone()));
        }
    }
    let left = closed.lines.iter().filter_map(|ended| {
        let (_, sku) = skus.iter().find(|(line, _)| *line == ended.line)?;
        Some(Left {
            line: ended.line,
            sku: sku.clone(),
            units: ended.shipped,
        })
    });
    Ok(left.collect())
}

async fn read(log: &Log, order: &OrderId, at: Position) -> Result<domain::event::Event, Status> {
    let unread = |error: ReadError| unreadable(error.to_string());
    let written = log.written(at.revision).await.map_err(unread)?;
    match written.passage(at.index, order).map_err(unread)? {
        Passage::Event(event) => Ok(event),
        Passage::Effects(_) => Err(unreadable(format!("there is nothing of {order} at {at}"))),
    }
}

fn unreadable(problem: String) -> Status {
    TransactError::<InventoryRefusal>::Unreadable(problem).into()
}

/// Lines that went to the floor.
pub fn released(answer: &Answer) -> Vec<v1::StockLine> {
    let told = |event| {
        let lines = WaveReleased::of(event)?.lines.iter();
        Some(lines.map(crate::answer::stock_line).collect())
    };
    answer.event().and_then(told).unwrap_or_default()
}

/// By how much a count differed.
pub fn changes(answer: &Answer) -> Vec<v1::CountChange> {
    let told = |event| {
        let lines = Counted::of(event)?.lines.iter();
        let changes = lines.map(|line| v1::CountChange {
            sku: line.sku.to_string(),
            change: line.change,
        });
        Some(changes.collect())
    };
    answer.event().and_then(told).unwrap_or_default()
}

/// Whose reserved units moved.
pub fn owners(answer: &Answer) -> Vec<v1::StockLine> {
    let told = |event| {
        let owners = Moved::of(event)?.owners.iter();
        Some(owners.map(crate::answer::stock_line).collect())
    };
    answer.event().and_then(told).unwrap_or_default()
}

/// What arrived and was lost of each SKU.
pub fn arrived(answer: &Answer) -> Vec<v1::ArrivedLine> {
    let told = |event| {
        let lines = MoveArrived::of(event)?.lines.iter();
        let lines = lines.map(|line| v1::ArrivedLine {
            sku: line.sku.to_string(),
            quantity: line.quantity,
            lost: line.lost,
        });
        Some(lines.collect())
    };
    answer.event().and_then(told).unwrap_or_default()
}

/// Whose reserved units arrived.
pub fn arrived_owners(answer: &Answer) -> Vec<v1::StockLine> {
    let told = |event| {
        let owners = MoveArrived::of(event)?.owners.iter();
        Some(owners.map(crate::answer::stock_line).collect())
    };
    answer.event().and_then(told).unwrap_or_default()
}

/// Lines that came back from the floor.
pub fn recalled(answer: &Answer) -> Vec<v1::FloorLine> {
    let told = |event| {
        let lines = WaveRecalled::of(event)?.lines.iter();
        let lines = lines.map(|line| v1::FloorLine {
            order_id: line.order.to_string(),
            line: line.line,
            sku: line.sku.to_string(),
            location_id: line.location.to_string(),
            wave_id: line.wave.to_string(),
            quantity: line.quantity,
        });
        Some(lines.collect())
    };
    answer.event().and_then(told).unwrap_or_default()
}

/// What was missing of lines.
pub fn missing(answer: &Answer) -> Vec<v1::MissingLine> {
    let told = |event| {
        let lines = ShortPicked::of(event)?.lines.iter();
        let lines = lines.map(|line| v1::MissingLine {
            line: line.line,
            sku: line.sku.to_string(),
            missing: line.missing,
        });
        Some(lines.collect())
    };
    answer.event().and_then(told).unwrap_or_default()
}

/// What left and was not reserved there.
pub fn unplanned(answer: &Answer) -> Vec<v1::UnplannedLine> {
    let told = |event| {
        let lines = Shipped::of(event)?.lines.iter();
        let unplanned = lines.filter(|line| line.unplanned > 0);
        let unplanned = unplanned.map(|line| v1::UnplannedLine {
            line: line.line,
            quantity: line.unplanned,
        });
        Some(unplanned.collect())
    };
    answer.event().and_then(told).unwrap_or_default()
}
