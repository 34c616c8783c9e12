//! Functions that tell how points and ranges lie to each other.
//!
//! Source: camunda/feel-scala: .../builtin/RangeBuiltinFunction.scala

use std::cmp::Ordering;

use super::{Builtin, Refusal, fixed};
use crate::eval::Evaluator;
use crate::range::{End, Range, is_point};
use crate::value::Val;

const POINTS: &[&str] = &["point1", "point2"];
const POINT_RANGE: &[&str] = &["point", "range"];
const RANGE_POINT: &[&str] = &["range", "point"];
const RANGES: &[&str] = &["range1", "range2"];

pub(super) const FUNCTIONS: &[Builtin] = &[
    fixed("before", POINTS, before),
    fixed("before", POINT_RANGE, before),
    fixed("before", RANGE_POINT, before),
    fixed("before", RANGES, before),
    fixed("after", POINTS, after),
    fixed("after", POINT_RANGE, after),
    fixed("after", RANGE_POINT, after),
    fixed("after", RANGES, after),
    fixed("meets", RANGES, meets),
    fixed("met by", RANGES, met_by),
    fixed("overlaps", RANGES, overlaps),
    fixed("overlaps before", RANGES, overlaps_before),
    fixed("overlaps after", RANGES, overlaps_after),
    fixed("finishes", POINT_RANGE, finishes),
    fixed("finishes", RANGES, finishes),
    fixed("finished by", RANGE_POINT, finished_by),
    fixed("finished by", POINT_RANGE, finished_by),
    fixed("finished by", RANGES, finished_by),
    fixed("includes", RANGE_POINT, includes),
    fixed("includes", RANGES, includes),
    fixed("during", POINT_RANGE, during),
    fixed("during", RANGES, during),
    fixed("starts", POINT_RANGE, starts),
    fixed("starts", RANGES, starts),
    fixed("started by", RANGE_POINT, started_by),
    fixed("started by", RANGES, started_by),
    fixed("coincides", POINTS, coincides),
    fixed("coincides", RANGES, coincides),
];

type Answer<'a> = Result<Val<'a>, Refusal>;

/// The two arguments of a function.
enum Pair<'v, 'a> {
    Points(&'v Val<'a>, &'v Val<'a>),
    PointRange(&'v Val<'a>, &'v Range),
    RangePoint(&'v Range, &'v Val<'a>),
    Ranges(&'v Range, &'v Range),
}

/// Both arguments, if their points can be compared.
fn pair<'v, 'a>(arguments: &'v [Val<'a>]) -> Result<Pair<'v, 'a>, Refusal> {
    let comparable = |a: &Val<'_>, b: &Val<'_>| is_point(a) && a.order(b).is_some();
    let (pair, fits) = match arguments {
        [Val::Range(a), Val::Range(b)] => {
            (Pair::Ranges(a, b), comparable(&a.start().value, &b.start().value))
        }
        [Val::Range(range), point] => {
            (Pair::RangePoint(range, point), comparable(&range.start().value, point))
        }
        [point, Val::Range(range)] => {
            (Pair::PointRange(point, range), comparable(&range.start().value, point))
        }
        [a, b] => (Pair::Points(a, b), comparable(a, b)),
        _ => return Err(Refusal::Arguments),
    };
    if fits { Ok(pair) } else { Err(Refusal::Arguments) }
}

/// The order of two points that were found comparable.
fn cmp(a: &Val<'_>, b: &Val<'_>) -> Ordering {
    a.order(b).unwrap_or(Ordering::Equal)
}

/// The order of an end and a point or another end.
fn ends(a: &End, b: &End) -> Ordering {
    cmp(&a.value, &b.value)
}

/// Both ends at one place, and equally open or closed.
fn same(a: &End, b: &End) -> bool {
    a.closed == b.closed && ends(a, b).is_eq()
}

/// Whether range `a` starts no later than `b`.
fn starts_by(a: &Range, b: &Range) -> bool {
    let (a, b) = (a.start(), b.start());
    ends(a, b).is_lt() || (ends(a, b).is_eq() && (a.closed || !b.closed))
}

/// Whether range `a` ends no earlier than `b`.
fn ends_by(a: &Range, b: &Range) -> bool {
    let (a, b) = (a.end(), b.end());
    ends(a, b).is_gt() || (ends(a, b).is_eq() && (a.closed || !b.closed))
}

/// Whether the end `a` lies behind the start `b`, or on it with both included.
fn reaches(a: &End, b: &End) -> bool {
    ends(a, b).is_gt() || (ends(a, b).is_eq() && a.closed && b.closed)
}

fn encloses(range: &Range, point: &Val<'_>) -> bool {
    let (start, end) = (cmp(&range.start().value, point), cmp(&range.end().value, point));
    (start.is_lt() && end.is_gt())
        || (start.is_eq() && range.start().closed)
        || (end.is_eq() && range.end().closed)
}

fn answer<'a>(value: bool) -> Answer<'a> {
    Ok(Val::Boolean(value))
}

fn before<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    let open = |order: Ordering, closed: bool| order.is_lt() || (order.is_eq() && !closed);
    answer(match pair(arguments)? {
        Pair::Points(a, b) => cmp(a, b).is_lt(),
        Pair::PointRange(point, range) => {
            open(cmp(point, &range.start().value), range.start().closed)
        }
        Pair::RangePoint(range, point) => open(cmp(&range.end().value, point), range.end().closed),
        Pair::Ranges(a, b) => {
            let (a, b) = (a.end(), b.start());
            open(ends(a, b), a.closed && b.closed)
        }
    })
}

fn after<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    let open = |order: Ordering, closed: bool| order.is_gt() || (order.is_eq() && !closed);
    answer(match pair(arguments)? {
        Pair::Points(a, b) => cmp(a, b).is_gt(),
        Pair::PointRange(point, range) => open(cmp(point, &range.end().value), range.end().closed),
        Pair::RangePoint(range, point) => {
            open(cmp(&range.start().value, point), range.start().closed)
        }
        Pair::Ranges(a, b) => {
            let (a, b) = (a.start(), b.end());
            open(ends(a, b), a.closed && b.closed)
        }
    })
}

/// A function of two ranges only.
fn of_ranges<'a>(arguments: &[Val<'a>], holds: fn(&Range, &Range) -> bool) -> Answer<'a> {
    match pair(arguments)? {
        Pair::Ranges(a, b) => answer(holds(a, b)),
        Pair::Points(..) | Pair::PointRange(..) | Pair::RangePoint(..) => Err(Refusal::Arguments),
    }
}

fn meets<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    of_ranges(arguments, |a, b| a.end().closed && same(a.end(), b.start()))
}

fn met_by<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    of_ranges(arguments, |a, b| a.start().closed && same(a.start(), b.end()))
}

fn overlaps<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    of_ranges(arguments, |a, b| reaches(a.end(), b.start()) && reaches(b.end(), a.start()))
}

fn is_overlapping_before(a: &Range, b: &Range) -> bool {
    let (start_a, start_b) = (a.start(), b.start());
    let starts_first = ends(start_a, start_b).is_lt()
        || (ends(start_a, start_b).is_eq() && start_a.closed && !start_b.closed);
    let (end_a, end_b) = (a.end(), b.end());
    let ends_first = ends(end_a, end_b).is_lt()
        || (ends(end_a, end_b).is_eq() && (!end_a.closed || end_b.closed));
    starts_first && reaches(end_a, start_b) && ends_first
}

fn overlaps_before<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    of_ranges(arguments, is_overlapping_before)
}

fn overlaps_after<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    of_ranges(arguments, |a, b| is_overlapping_before(b, a))
}

fn finishes<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    match pair(arguments)? {
        Pair::PointRange(point, range) => {
            answer(range.end().closed && cmp(&range.end().value, point).is_eq())
        }
        Pair::Ranges(a, b) => answer(same(a.end(), b.end()) && starts_by(b, a)),
        Pair::Points(..) | Pair::RangePoint(..) => Err(Refusal::Arguments),
    }
}

fn finished_by<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    match pair(arguments)? {
        Pair::RangePoint(range, point) => {
            answer(range.end().closed && cmp(&range.end().value, point).is_eq())
        }
        Pair::Ranges(a, b) => answer(same(a.end(), b.end()) && starts_by(a, b)),
        Pair::Points(..) | Pair::PointRange(..) => Err(Refusal::Arguments),
    }
}

fn includes<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    match pair(arguments)? {
        Pair::RangePoint(range, point) => answer(encloses(range, point)),
        Pair::Ranges(a, b) => answer(starts_by(a, b) && ends_by(a, b)),
        Pair::Points(..) | Pair::PointRange(..) => Err(Refusal::Arguments),
    }
}

fn during<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    match pair(arguments)? {
        Pair::PointRange(point, range) => answer(encloses(range, point)),
        Pair::Ranges(a, b) => answer(starts_by(b, a) && ends_by(b, a)),
        Pair::Points(..) | Pair::RangePoint(..) => Err(Refusal::Arguments),
    }
}

fn starts<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    match pair(arguments)? {
        Pair::PointRange(point, range) => {
            answer(range.start().closed && cmp(&range.start().value, point).is_eq())
        }
        Pair::Ranges(a, b) => answer(same(a.start(), b.start()) && ends_by(b, a)),
        Pair::Points(..) | Pair::RangePoint(..) => Err(Refusal::Arguments),
    }
}

fn started_by<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    match pair(arguments)? {
        Pair::RangePoint(range, point) => {
            answer(range.start().closed && cmp(&range.start().value, point).is_eq())
        }
        Pair::Ranges(a, b) => answer(same(a.start(), b.start()) && ends_by(a, b)),
        Pair::Points(..) | Pair::PointRange(..) => Err(Refusal::Arguments),
    }
}

fn coincides<'a>(_: &mut Evaluator<'a>, arguments: &[Val<'a>]) -> Answer<'a> {
    match pair(arguments)? {
        Pair::Points(a, b) => answer(cmp(a, b).is_eq()),
        Pair::Ranges(a, b) => answer(same(a.start(), b.start()) && same(a.end(), b.end())),
        Pair::PointRange(..) | Pair::RangePoint(..) => answer(false),
    }
}
