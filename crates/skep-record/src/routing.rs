//! Which partition a correlation key belongs to.

use crate::PartitionId;

/// Zeebe's hash of a correlation key: `h = 31 * h + b` over the UTF-8 bytes taken as signed
/// 8-bit values, wrapping at 32 bits.
///
/// Source: camunda/zeebe: zeebe/protocol-impl, `SubscriptionUtil`.
#[must_use]
pub fn correlation_hash(correlation_key: &str) -> i32 {
    correlation_key
        .bytes()
        .fold(0_i32, |h, b| h.wrapping_mul(31).wrapping_add(i32::from(b.cast_signed())))
}

/// The partition that keeps messages and message subscriptions with this correlation key.
///
/// `n_partitions` is at least 1.
#[must_use]
pub fn partition_for_correlation_key(correlation_key: &str, n_partitions: u16) -> PartitionId {
    let remainder = correlation_hash(correlation_key) % i32::from(n_partitions.max(1));
    // The remainder is smaller than `n_partitions`, so it always fits.
    PartitionId(u16::try_from(remainder.unsigned_abs()).unwrap_or(0) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_and_partitions_are_those_of_zeebe() {
        let cases = [
            ("", 0, [1, 1, 1, 1]),
            ("order-1", -1_207_111_310, [1, 1, 3, 7]),
            ("order-123", -392_797_389, [1, 2, 1, 6]),
            ("müller", 442_767_539, [1, 2, 3, 4]),
        ];
        for (key, hash, partitions) in cases {
            assert_eq!(correlation_hash(key), hash, "{key}");
            for (n, expected) in [1, 2, 3, 8].into_iter().zip(partitions) {
                assert_eq!(partition_for_correlation_key(key, n), PartitionId(expected), "{key}");
            }
        }
    }
}
