/* A small C program, integers only: text, random numbers, sort, CRC, 64-bit arithmetic. */
#include "print.h"

static u32 ones(u32 v) {
  u32 n = 0;
  for (; v; v &= v - 1) n++;
  return n;
}

static u64 state = 88172645463325252ull;
static u64 random64(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static u32 crc32(const u8 *bytes, size_t n) {
  u32 crc = ~0u;
  while (n--) {
    crc ^= *bytes++;
    for (int i = 0; i < 8; i++) crc = crc & 1 ? (crc >> 1) ^ 0xedb88320u : crc >> 1;
  }
  return ~crc;
}

static u64 values[64];
static u8 copy[sizeof values];

static int compare(u64 a, u64 b) { return (s64)a < (s64)b ? -1 : (s64)a > (s64)b; }

static void sort(u64 *v, int n, int (*order)(u64, u64)) {
  for (int i = 1; i < n; i++)
    for (int j = i; j > 0 && order(v[j - 1], v[j]) > 0; j--) {
      u64 t = v[j];
      v[j] = v[j - 1];
      v[j - 1] = t;
    }
}

/* The same bytes on every machine, whatever its byte order. */
static void bigEndian(u8 *to, const u64 *from, int n) {
  for (int i = 0; i < n; i++)
    for (int b = 0; b < 8; b++) to[8 * i + b] = (u8)(from[i] >> (56 - 8 * b));
}

int main(void) {
  const char *greeting = "Hello, POWER";
  print("%s: %d characters, %d\n", greeting, (int)length(greeting), -17);
  u64 sum = 0;
  for (int i = 0; i < 64; i++) sum += values[i] = random64();
  print("sum %x %u\n", sum, sum);
  sort(values, 64, compare);
  print("least %x greatest %x\n", values[0], values[63]);
  bigEndian(copy, values, 64);
  print("crc %x\n", (u64)crc32(copy, sizeof copy));
  s64 a = (s64)values[3], b = (s64)values[20] >> 33;
  print("%x / %x: %x remainder %x", (u64)a, (u64)b, (u64)(a / b), (u64)(a % b));
  print(" product %x\n", (u64)(a * b));
  print("%x %x\n", (u64)(a >> 5), (u64)a >> 59);
  u32 w = (u32)values[9];
  print("%x %d %d\n", (u64)__builtin_bswap32(w), (int)ones(w), __builtin_clz(w));
  static char text[40];
  memset(text, '-', 20);
  memcpy(text + 3, greeting, length(greeting));
  print("%s\n", text);
  return (int)(sum >> 40 & 0xff);
}
