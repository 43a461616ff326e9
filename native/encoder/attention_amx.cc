// With AMX's tile products (TDPBF16PS): 16 times as many a cycle as in float32. Intel, Architecture Instruction Set
// Extensions Programming Reference, chapter 3.

#include <type_traits>
#include <utility>

#include "encoder/attention_pairs_body.h"

namespace ijepa {

namespace {

constexpr int64_t kSide = 16;  // rows of a tile, and 32-bit units of a row

// Tile registers: four of sums, and the factors' tiles, of a whole depth and of what is left of it.
constexpr int kLeft = 4, kRight = 5, kLeftRest = 6, kRightRest = 7;

// Of palette 1, as LDTILECFG takes it.
struct alignas(64) TileShapes {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};

  void set(int tile, int64_t tile_rows, int64_t units) {
    rows[tile] = static_cast<uint8_t>(tile_rows);
    row_bytes[tile] = static_cast<uint16_t>(4 * units);
  }
};
static_assert(sizeof(TileShapes) == 64);

// The compilers' own functions take a register's number as a literal alone, and GCC's do not say that they read memory.
inline __attribute__((always_inline)) void configure(const TileShapes& shapes) {
  __asm__ volatile("ldtilecfg %0" ::"m"(shapes) : "memory");
}
inline __attribute__((always_inline)) void release() { __asm__ volatile("tilerelease" ::: "memory"); }

template <int Tile, typename Unit>
inline __attribute__((always_inline)) void read_tile(const Unit* from, int64_t row) {
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm%c2" ::"r"(from), "r"(sizeof(Unit) * row), "i"(Tile) : "memory");
}
template <int Tile>
inline __attribute__((always_inline)) void write_tile(float* to, int64_t row) {
  __asm__ volatile("tilestored %%tmm%c2, (%0,%1,1)" ::"r"(to), "r"(sizeof(float) * row), "i"(Tile) : "memory");
}
template <int Tile>
inline __attribute__((always_inline)) void clear_tile() {
  __asm__ volatile("tilezero %%tmm%c0" ::"i"(Tile));
}
template <int Sums, int Left, int Right>
inline __attribute__((always_inline)) void multiply_tiles() {
  __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sums), "i"(Left), "i"(Right));
}

template <typename Work, int... Tile>
inline __attribute__((always_inline)) void for_each(std::integer_sequence<int, Tile...>, const Work& work) {
  (work(std::integral_constant<int, Tile>{}), ...);
}

// One row of tiles of C.
template <int Tiles, bool Adds>
inline __attribute__((always_inline)) void tile_row(const Pair* a, int64_t a_row, const Pair* b, int64_t b_row, float* c,
                                                    int64_t c_row, int64_t depth) {
  constexpr std::make_integer_sequence<int, Tiles> tiles;
  for_each(tiles, [&](auto tile) {
    if constexpr (Adds)
      read_tile<tile>(c + tile * kSide, c_row);
    else
      clear_tile<tile>();
  });
  const auto add = [&]<int Left, int Right>(int64_t k) {
    read_tile<Left>(a + k, a_row);
    for_each(tiles, [&](auto tile) {
      read_tile<Right>(b + k * b_row + tile * kSide, b_row);
      multiply_tiles<tile, Left, Right>();
    });
  };
  int64_t k = 0;
  for (; k + kSide <= depth; k += kSide) add.template operator()<kLeft, kRight>(k);
  if (k < depth) add.template operator()<kLeftRest, kRightRest>(k);
  for_each(tiles, [&](auto tile) { write_tile<tile>(c + tile * kSide, c_row); });
}

struct TileProducts {
  static constexpr int64_t kRows = 2 * kSide;            // whole depths of the products over queries
  static constexpr int64_t kScores = int64_t{24} << 10;  // what is computed of them stays near the core

  ~TileProducts() { release(); }

  template <bool Adds>
  static void product(const Pair* a, int64_t a_row, const Pair* b, int64_t b_row, float* c, int64_t c_row, int64_t rows,
                      int64_t columns, int64_t depth) {
    const int64_t whole = rows / kSide * kSide;
    if (whole > 0) shaped_product<Adds>(kSide, a, a_row, b, b_row, c, c_row, whole, columns, depth);
    if (whole < rows)
      shaped_product<Adds>(rows - whole, a + whole * a_row, a_row, b, b_row, c + whole * c_row, c_row, rows - whole, columns,
                           depth);
  }

 private:
  template <bool Adds>
  static void shaped_product(int64_t height, const Pair* a, int64_t a_row, const Pair* b, int64_t b_row, float* c,
                             int64_t c_row, int64_t rows, int64_t columns, int64_t depth) {
    TileShapes shapes;
    for (int tile = 0; tile < 4; ++tile) shapes.set(tile, height, kSide);
    shapes.set(kLeft, height, kSide);
    shapes.set(kRight, kSide, kSide);
    const int64_t rest = depth % kSide == 0 ? kSide : depth % kSide;
    shapes.set(kLeftRest, height, rest);
    shapes.set(kRightRest, rest, kSide);
    configure(shapes);
    for (int64_t i = 0; i < rows; i += kSide) {
      const Pair* const left = a + i * a_row;
      float* const sums = c + i * c_row;
      int64_t j = 0;
      for (; j + 4 * kSide <= columns; j += 4 * kSide) tile_row<4, Adds>(left, a_row, b + j, b_row, sums + j, c_row, depth);
      switch ((columns - j) / kSide) {
        case 3: tile_row<3, Adds>(left, a_row, b + j, b_row, sums + j, c_row, depth); break;
        case 2: tile_row<2, Adds>(left, a_row, b + j, b_row, sums + j, c_row, depth); break;
        case 1: tile_row<1, Adds>(left, a_row, b + j, b_row, sums + j, c_row, depth); break;
        default: break;
      }
    }
  }
};

}  // namespace

const AttentionKernels amx_attention = pair_kernels<TileProducts>("AMX BF16");

}  // namespace ijepa
