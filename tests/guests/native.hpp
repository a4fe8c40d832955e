// The guests' functions, compiled natively: what each exports under its name.
#pragma once

#include <cstdint>

extern "C" {

std::uint8_t* sha256_buffer();
std::uint8_t* sha256_digest();
std::uint32_t sha256_hash(std::uint32_t length);

std::int32_t* sort_numbers();
void sort_fill(std::uint32_t count, std::uint32_t seed);
void sort_quick(std::uint32_t count);
void sort_heap(std::uint32_t count, std::uint32_t order);

void matrix_fill(std::uint32_t seed);
double* matrix_multiply();
float* matrix_multiply_f32();
double matrix_solve();
double* matrix_solution();

std::uint8_t* machine_code();
std::int64_t machine_variable(std::uint32_t index);
std::uint64_t machine_run(std::uint32_t steps);

std::uint32_t recursion_fibonacci(std::uint32_t n);
std::uint32_t recursion_ackermann(std::uint32_t m, std::uint32_t n);
std::uint32_t recursion_hofstadter(std::uint32_t n);
std::uint32_t recursion_queens(std::uint32_t n);
double recursion_rotate(std::uint32_t depth, std::int64_t a, double b, float c, std::int32_t d);
std::uint64_t recursion_descend(std::uint32_t depth);

std::uint32_t numbers_i32(std::uint32_t operation, std::uint32_t a, std::uint32_t b);
std::uint64_t numbers_i64(std::uint32_t operation, std::uint64_t a, std::uint64_t b);
double numbers_f64(std::uint32_t operation, double a, double b);
float numbers_f32(std::uint32_t operation, float a, float b);
std::uint64_t numbers_truncate(std::uint32_t operation, double a);
double numbers_convert(std::uint32_t operation, std::uint64_t a);

std::uint8_t* lz_plain();
std::uint8_t* lz_packed();
std::uint8_t* lz_unpacked();
std::uint32_t lz_pack(std::uint32_t length);
std::uint32_t lz_unpack(std::uint32_t length);
std::uint32_t lz_same(std::uint32_t length);
}
