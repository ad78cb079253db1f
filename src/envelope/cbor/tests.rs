//! What the reader takes, and what it refuses with which code.

use super::{Encoding, Kind, Limits, MAX_DEPTH, Nodes, with};
use crate::verdict::Code;

fn read(octets: &[u8], limits: Limits) -> Result<(), Code> {
    with(octets, limits, |_| Ok(())).map_err(|refusal| refusal.code())
}

fn code(octets: &[u8]) -> Result<(), Code> {
    read(octets, Limits::WALLET)
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |c: char| u8::try_from(c.to_digit(16).unwrap()).unwrap();
    let digits: Vec<u8> = text.chars().filter(|c| !c.is_whitespace()).map(digit).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

// RFC 8949, appendix A, as far as lengths are definite.
#[test]
fn takes_the_examples_of_the_standard() {
    for text in [
        "00",
        "17",
        "1818",
        "1903e8",
        "1b000000e8d4a51000",
        "1bffffffffffffffff",
        "20",
        "3903e7",
        "3bffffffffffffffff",
        "f4",
        "f5",
        "f6",
        "f7",
        "f90000",
        "fa47c35000",
        "fb3ff199999999999a",
        "c074323031332d30332d32315432303a30343a30305a",
        "c11a514b67b0",
        "d818456449455446",
        "40",
        "4401020304",
        "60",
        "62225c",
        "62c3bc",
        "80",
        "83010203",
        "8301820203820405",
        "a0",
        "a201020304",
        "a26161016162820203",
        "826161a161626163",
    ] {
        assert_eq!(code(&hex(text)), Ok(()), "{text}");
    }
}

#[test]
fn values_know_their_octets() {
    let octets = hex("a3 6161 18ff 6162 d818 41 02 20 83 01 20 43 616263");
    let mut nodes = Nodes::default();
    let root = nodes.read(&octets, Limits::WALLET).unwrap();
    assert_eq!((root.kind(), root.len(), root.octets()), (Kind::Map, 3, &octets[..]));
    assert_eq!(root.get("a").unwrap().as_u64(), Some(255));
    let embedded = root.get("b").unwrap();
    assert_eq!((embedded.octets(), embedded.embedded()), (&octets[7..11], Some(&[2_u8][..])));
    assert_eq!(embedded.offset(), 7);
    let list = root.get_label(-1).unwrap();
    let numbers: Vec<_> = list.elements().map(|value| value.as_i64()).collect();
    assert_eq!(numbers, [Some(1), Some(-1), None]);
    assert_eq!(list.elements().last().unwrap().as_bytes(), Some(&b"abc"[..]));
    assert!(root.get("c").is_none() && root.as_str().is_none());
}

#[test]
fn refuses_what_is_not_exactly_one_item() {
    for text in [
        "", "0000", "18", "1900", "61", "6261", "42ff", "8201", "a101", "c0", "d8", "fb00", "1c",
        "3d", "5e", "fc", "e0", "f820", "f818", "61ff", "62c328", "a1810100", "a1f500", "a1c00100",
    ] {
        assert_eq!(code(&hex(text)), Err(Code::CborMalformed), "{text}");
    }
}

#[test]
fn refuses_indefinite_lengths_and_breaks() {
    for text in ["5f4101ff", "7f6161ff", "9f01ff", "bf0102ff", "ff", "82019f01ff"] {
        assert_eq!(code(&hex(text)), Err(Code::CborIndefinite), "{text}");
    }
    assert_eq!(code(&[0x9f; 100_000]), Err(Code::CborIndefinite));
}

#[test]
fn long_forms_are_the_choice_of_the_reader() {
    let shortest = Limits::WALLET.in_encoding(Encoding::Shortest);
    for text in [
        "1817",
        "190018",
        "1a0000ffff",
        "1b00000000ffffffff",
        "3800",
        "580141",
        "780161",
        "980101",
        "b9000101 02",
        "d90018 4101",
    ] {
        let octets = hex(text);
        assert_eq!(code(&octets), Ok(()), "{text}");
        assert_eq!(read(&octets, shortest), Err(Code::CborNotShortest), "{text}");
    }
    for text in ["17", "1818", "19 0100", "1a 00010000", "1b 0000000100000000", "f90000"] {
        assert_eq!(read(&hex(text), shortest), Ok(()), "{text}");
    }
}

#[test]
fn refuses_a_key_twice_however_it_is_written() {
    for text in [
        "a201000100",
        "a2616100616101",
        "a2 6161 00 780161 01",
        "a2 01 00 1801 00",
        "a2 4161 00 4161 00",
        "a2 20 00 20 00",
        "81a201000100",
    ] {
        assert_eq!(code(&hex(text)), Err(Code::AmbiguousKey), "{text}");
    }
    // A text is not the byte string of the same octets, and 0 is not -1.
    for text in ["a2 6161 00 4161 00", "a2 00 00 20 00"] {
        assert_eq!(code(&hex(text)), Ok(()), "{text}");
    }
}

#[test]
fn refuses_a_key_twice_among_many() {
    let map = |last: u16| {
        let mut octets = vec![0xb9, 0x01, 0x00];
        for key in (0..255).chain([last]) {
            octets.extend([0x19]);
            octets.extend((key + 1_000).to_be_bytes());
            octets.push(0);
        }
        octets
    };
    assert_eq!(code(&map(255)), Ok(()));
    for last in [0, 100, 254] {
        let octets = map(last);
        let refusal = with(&octets, Limits::WALLET, |_| Ok(())).unwrap_err();
        assert_eq!(refusal.code(), Code::AmbiguousKey);
        assert_eq!(refusal.place().offset, Some(3 + 255 * 4));
    }
}

#[test]
fn depth_is_bounded_for_arrays_maps_and_tags() {
    for (open, inner) in [(&[0x81_u8][..], 0_u8), (&[0xa1, 0x00], 0), (&[0xc1], 0)] {
        let nested = |depth: usize| [open.repeat(depth), vec![inner]].concat();
        assert_eq!(code(&nested(MAX_DEPTH)), Ok(()), "{open:?}");
        assert_eq!(code(&nested(MAX_DEPTH + 1)), Err(Code::LimitDepth), "{open:?}");
        assert_eq!(code(&nested(10_000)), Err(Code::LimitDepth), "{open:?}");
        assert_eq!(read(&nested(9), Limits::HEADER), Err(Code::LimitDepth));
    }
}

#[test]
fn counts_are_believed_as_far_as_there_is_input() {
    for text in [
        "9bffffffffffffffff",
        "bbffffffffffffffff",
        "5bffffffffffffffff00",
        "7b7fffffffffffffff00",
        "9a7fffffff00",
        "a300",
    ] {
        assert_eq!(code(&hex(text)), Err(Code::CborMalformed), "{text}");
    }
    let array = |count: u32| {
        let mut octets = vec![0x9a];
        octets.extend(count.to_be_bytes());
        octets.resize(octets.len() + usize::try_from(count).unwrap(), 0);
        octets
    };
    let limit = u32::try_from(Limits::WALLET.items).unwrap();
    assert_eq!(code(&array(limit - 1)), Ok(()));
    assert_eq!(code(&array(limit)), Err(Code::LimitCount));
    assert_eq!(code(&array(1_000_000)), Err(Code::LimitCount));
}

#[test]
fn texts_are_bounded_and_byte_strings_are_not() {
    let string = |major: u8, len: u32| {
        let mut octets = vec![major << 5 | 26];
        octets.extend(len.to_be_bytes());
        octets.resize(octets.len() + usize::try_from(len).unwrap(), b'a');
        octets
    };
    assert_eq!(code(&string(3, 16_384)), Ok(()));
    assert_eq!(code(&string(3, 16_385)), Err(Code::LimitSize));
    assert_eq!(code(&string(2, 400_000)), Ok(()));
}

#[test]
fn many_items_share_one_memory() {
    let (one, other) = (hex("820102"), hex("a10102"));
    let mut nodes = Nodes::default();
    let first = nodes.append(&one, Limits::WALLET).unwrap();
    let second = nodes.append(&other, Limits::WALLET).unwrap();
    assert_eq!(nodes.at(first).elements().count(), 2);
    assert_eq!(nodes.at(second).get_label(1).unwrap().as_u64(), Some(2));
}

// Without a bound on items, so that the work of the reader itself shows: a million empty arrays, half a
// million keys in no order, half a million tags.
#[test]
fn many_of_each_shape_are_read_or_refused() {
    let limits = Limits { items: usize::MAX, ..Limits::WALLET };
    let mut keys = vec![0xba, 0, 7, 0xa1, 0x20];
    for key in 0_u32..500_000 {
        keys.push(0x1a);
        keys.extend(key.wrapping_mul(0x9e37_79b1).to_be_bytes());
        keys.push(0);
    }
    assert_eq!(read(&keys, limits), Ok(()));
    let arrays = [vec![0x9a, 0, 0x0f, 0x42, 0x40], vec![0x80; 1_000_000]].concat();
    assert_eq!(read(&arrays, limits), Ok(()));
    assert_eq!(read(&[0xd8, 0x18].repeat(500_000), limits), Err(Code::LimitDepth));
}
