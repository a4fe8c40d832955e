// Data across the boundary: memory from the guest's own allocator, checked ranges of it, and codecs. It stands on
// weir.hpp alone. MessagePack, CBOR and JSON are in <weir/exchange/json.hpp>, which needs nlohmann-json.
#pragma once

#include <weir/exchange/allocator.hpp>
#include <weir/exchange/bincode.hpp>
#include <weir/exchange/buffer.hpp>
#include <weir/exchange/codec.hpp>
#include <weir/exchange/description.hpp>
#include <weir/exchange/slice.hpp>
