/* What the programs share: output in bare mode over a 16550 and, with -DLINUX, by QEMU user mode's write; what compilers
   call; a small printf. What is printed must not depend on addresses. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef __SIZE_TYPE__ size_t;

#ifdef LINUX
static void emit(const char *text, size_t n) {
  register long r0 __asm__("r0") = 4;
  register long r3 __asm__("r3") = 1;
  register const char *r4 __asm__("r4") = text;
  register size_t r5 __asm__("r5") = n;
  __asm__ volatile("sc"
                   : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5)
                   :
                   : "r6", "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "memory");
}
#else
/* A 16550: wait for an empty transmitter (LSR bit 5), then write THR. */
static void emit(const char *text, size_t n) {
  volatile u8 *uart = (volatile u8 *)UART;
  while (n--) {
    while (!(uart[5] & 0x20)) ;
    uart[0] = (u8)*text++;
  }
}
#endif

void *memcpy(void *to, const void *from, size_t n) {
  u8 *t = to;
  const u8 *f = from;
  while (n--) *t++ = *f++;
  return to;
}

void *memset(void *to, int byte, size_t n) {
  u8 *t = to;
  while (n--) *t++ = (u8)byte;
  return to;
}

#ifndef __powerpc64__
/* What 32-bit compilers call for 64-bit division. */
static u64 divide(u64 n, u64 d, u64 *remainder) {
  u64 q = 0, r = 0;
  for (int i = 63; i >= 0; i--) {
    r = r << 1 | (n >> i & 1);
    if (r >= d) {
      r -= d;
      q |= 1ull << i;
    }
  }
  *remainder = r;
  return q;
}
u64 __udivdi3(u64 n, u64 d) {
  u64 r;
  return divide(n, d, &r);
}
u64 __umoddi3(u64 n, u64 d) {
  u64 r;
  divide(n, d, &r);
  return r;
}
s64 __divdi3(s64 n, s64 d) {
  u64 r, q = divide(n < 0 ? -(u64)n : (u64)n, d < 0 ? -(u64)d : (u64)d, &r);
  return (s64)((n < 0) != (d < 0) ? -q : q);
}
s64 __moddi3(s64 n, s64 d) {
  u64 r;
  divide(n < 0 ? -(u64)n : (u64)n, d < 0 ? -(u64)d : (u64)d, &r);
  return (s64)(n < 0 ? -r : r);
}
#endif

static size_t length(const char *s) {
  const char *p = s;
  while (*p) p++;
  return (size_t)(p - s);
}

static void number(u64 v, u32 base, u32 width) {
  char text[24];
  u32 at = sizeof text;
  do {
    text[--at] = "0123456789abcdef"[v % base];
    v /= base;
  } while (v);
  while (sizeof text - at < width) text[--at] = '0';
  emit(text + at, sizeof text - at);
}

/* %s text, %d int, %u u64 in decimal, %x u64 as 16 hexadecimal digits. */
static void print(const char *format, ...) {
  __builtin_va_list args;
  __builtin_va_start(args, format);
  for (; *format; format++) {
    if (*format != '%') {
      emit(format, 1);
      continue;
    }
    switch (*++format) {
      case 's': {
        const char *s = __builtin_va_arg(args, const char *);
        emit(s, length(s));
        break;
      }
      case 'd': {
        int d = __builtin_va_arg(args, int);
        if (d < 0) emit("-", 1);
        number(d < 0 ? -(u64)d : (u64)d, 10, 1);
        break;
      }
      case 'u': number(__builtin_va_arg(args, u64), 10, 1); break;
      case 'x': number(__builtin_va_arg(args, u64), 16, 16); break;
    }
  }
  __builtin_va_end(args);
}
