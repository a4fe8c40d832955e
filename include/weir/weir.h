/* What the standard interface in <weir/wasm.h> lacks, for C: settings, errors with their reasons, text modules, linking
 * by name, limits, fuel, interruption, facts about traps, checked access to memories. Programs mix both headers freely.
 * docs/c_api.md is the guide.
 *
 * Ownership, NULL and threads are as wasm.h says at its head. In addition:
 *   - Functions that can fail return NULL on success, or an error that the caller deletes with weir_error_delete().
 *     Results come through out-parameters, which are NULL, 0 or empty after a failure.
 *   - Strings that are arguments end with a zero and are UTF-8; they are copied. NULL is the empty string. Names with a
 *     zero inside can be reached through wasm.h only.
 *   - Strings that are results (const char*) end with a zero and live as long as the object that they were asked of.
 *   - `env` pointers come with a finalizer, which may be NULL; it is called once, when `env` is not needed any more,
 * also when the function that was given it fails.
 */
#pragma once

#include <weir/wasm.h>

#define own

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" */
WASM_API_EXTERN const char* weir_version(void);

/* ---- Errors ---------------------------------------------------------------------------------------------------- */

typedef uint8_t weir_error_kind_t;
enum weir_error_kind_enum {
  WEIR_ERROR_MALFORMED,     /* the bytes or the text are not a module */
  WEIR_ERROR_INVALID,       /* the module does not validate */
  WEIR_ERROR_UNSUPPORTED,   /* a feature that this build or this configuration does not have */
  WEIR_ERROR_LIMIT,         /* a limit of the implementation or of the embedder */
  WEIR_ERROR_LINK,          /* an import is missing or does not fit */
  WEIR_ERROR_TRAP,          /* the guest trapped */
  WEIR_ERROR_EXHAUSTED,     /* call stack exhausted, out of fuel, interrupted, deadline reached */
  WEIR_ERROR_OUT_OF_MEMORY, /* the system refused memory to the host */
  WEIR_ERROR_USAGE,         /* the interface was used wrongly: NULL, another store, wrong arguments */
  WEIR_ERROR_IO,            /* a file could not be read or written */
  WEIR_ERROR_HOST,          /* a host function reported a failure of its own */
  WEIR_ERROR_GUEST          /* the guest gave an answer that cannot be used */
};

typedef struct weir_error_t weir_error_t;
WASM_API_EXTERN void weir_error_delete(own weir_error_t*);
WASM_API_EXTERN weir_error_kind_t weir_error_kind(const weir_error_t*);
/* "malformed", "invalid", ... */
WASM_API_EXTERN const char* weir_error_kind_name(weir_error_kind_t);
/* What went wrong, where, what was expected and what to do. One or several lines, without a line feed at the end. */
WASM_API_EXTERN const char* weir_error_message(const weir_error_t*);
/* False: the error has no place in a module's bytes. Else the byte's offset. */
WASM_API_EXTERN bool weir_error_offset(const weir_error_t*, uint64_t* offset);
/* False: the error does not come from text. Else line and column, from 1. */
WASM_API_EXTERN bool weir_error_position(const weir_error_t*, uint32_t* line, uint32_t* column);
/* NULL: the error is not about a guest that was stopped. */
WASM_API_EXTERN own wasm_trap_t* weir_error_trap(const weir_error_t*);

/* Why the last function of wasm.h that failed in this thread did so. Hands the error over: the next call gives NULL
 * until something fails again. A trap that was handed out does not count as a failure. */
WASM_API_EXTERN own weir_error_t* weir_take_error(void);

/* ---- Configuration --------------------------------------------------------------------------------------------- */

/* Whether guests consume fuel: one unit per instruction. A store starts without any. Default: off. */
WASM_API_EXTERN void weir_config_set_fuel(wasm_config_t*, bool on);
/* Bytes of the value stack of each store. Default: 1 MiB. */
WASM_API_EXTERN void weir_config_set_max_stack_bytes(wasm_config_t*, uint64_t bytes);
/* How often calls from the host into guests may nest in one store. Default: 200. */
WASM_API_EXTERN void weir_config_set_max_recursion_depth(wasm_config_t*, uint32_t calls);
/* Bytes of address space that each memory reserves, so that growth up to there does not move it. Default: 4 GiB. */
WASM_API_EXTERN void weir_config_set_memory_reservation(wasm_config_t*, uint64_t bytes);
/* Whether modules keep their custom sections, their function names, and may have a start function. Default: on. */
WASM_API_EXTERN void weir_config_set_keep_custom_sections(wasm_config_t*, bool on);
WASM_API_EXTERN void weir_config_set_keep_names(wasm_config_t*, bool on);
WASM_API_EXTERN void weir_config_set_allow_start(wasm_config_t*, bool on);

typedef uint8_t weir_host_writes_t;
enum weir_host_writes_enum {
  WEIR_HOST_WRITES_OFF,  /* not checked */
  WEIR_HOST_WRITES_WARN, /* done, and the diagnostic sink hears of it */
  WEIR_HOST_WRITES_DENY  /* an error, and nothing is written */
};
/* What becomes of writes of the host (weir_memory_write, weir_buffer_write) to guest memory that the guest has not
 * handed out; docs/memory.md has the rules. Of new stores. Default: warn in a library built for debugging, else off.
 * The environment variable WEIR_HOST_WRITES=off|warn|deny overrides it. */
WASM_API_EXTERN void weir_config_set_host_writes(wasm_config_t*, weir_host_writes_t);

typedef uint8_t weir_read_only_data_t;
enum weir_read_only_data_enum {
  WEIR_READ_ONLY_DATA_OFF,  /* not looked at */
  WEIR_READ_ONLY_DATA_WARN, /* the diagnostic sink hears of a change, once */
  WEIR_READ_ONLY_DATA_TRAP  /* WEIR_TRAP_READ_ONLY_DATA, until the bytes are again what they were */
};
/* What becomes of changes to a guest's constants, and to ranges of weir_memory_declare_read_only(). They are looked for
 * wherever a call crosses between host and guest; docs/memory.md tells more. Of new stores. Default: off. The
 * environment variable WEIR_READ_ONLY_DATA=off|warn|trap overrides it. */
WASM_API_EXTERN void weir_config_set_read_only_data(wasm_config_t*, weir_read_only_data_t);
/* Whether trap reports know every write of the host, or only those of 4 KiB and more. Default: off. */
WASM_API_EXTERN void weir_config_set_keep_write_journal(wasm_config_t*, bool on);

typedef uint8_t weir_backend_t;
enum weir_backend_enum {
  WEIR_BACKEND_AUTOMATIC, /* tail calls where this build has them */
  WEIR_BACKEND_TAIL_CALL,
  WEIR_BACKEND_LOOP
};
/* How the interpreter goes from one operation to the next; the results are the same. Making an engine with one that
 * this build lacks fails. Default: automatic. */
WASM_API_EXTERN void weir_config_set_backend(wasm_config_t*, weir_backend_t);
WASM_API_EXTERN bool weir_has_backend(weir_backend_t);

typedef uint8_t weir_compilation_t;
enum weir_compilation_enum {
  WEIR_COMPILATION_EAGER,            /* functions are validated and translated when the module is made */
  WEIR_COMPILATION_LAZY_TRANSLATION, /* validated when it is made, translated at the first call (the default) */
  WEIR_COMPILATION_LAZY              /* both at the first call: an invalid function traps there */
};
WASM_API_EXTERN void weir_config_set_compilation(wasm_config_t*, weir_compilation_t);

/* Switches a proposal on or off, by its name: "mutable_globals", "sign_extension", "saturating_float_to_int",
 * "multi_value", "bulk_memory", "reference_types", "simd". An unknown name is an error that lists the known ones. */
WASM_API_EXTERN own weir_error_t* weir_config_set_feature(wasm_config_t*, const char* name, bool on);

/* Receives warnings that no call returns (default: the standard error stream). The text ends with a zero; the sink runs
 * in the thread that causes it and must not use the store that is running. */
typedef void (*weir_diagnostic_sink_t)(void* env, const char* text);
WASM_API_EXTERN void weir_config_set_diagnostic_sink(wasm_config_t*, weir_diagnostic_sink_t, void* env,
                                                     void (*finalizer)(void*));

/* wasm_engine_new_with_config() that tells why it fails. */
WASM_API_EXTERN own weir_error_t* weir_engine_new(own wasm_config_t*, own wasm_engine_t** out);
/* The backend in use, never WEIR_BACKEND_AUTOMATIC. */
WASM_API_EXTERN weir_backend_t weir_engine_backend(const wasm_engine_t*);

/* ---- Modules --------------------------------------------------------------------------------------------------- */

/* The kind of the value type v128, where a type has one. Its values cannot cross this interface: calls with such
 * parameters or results are errors. */
enum { WEIR_V128 = 4 };

/* wasm_module_new() that tells what is wrong with the bytes. */
WASM_API_EXTERN own weir_error_t* weir_module_new(wasm_store_t*, const wasm_byte_vec_t* binary,
                                                  own wasm_module_t** out);
/* From the text format, given with its size in bytes. */
WASM_API_EXTERN own weir_error_t* weir_module_new_from_text(wasm_store_t*, const char* text, size_t size,
                                                            own wasm_module_t** out);
/* From a file with the binary format (mapped, not copied) or the text format. */
WASM_API_EXTERN own weir_error_t* weir_module_new_from_file(wasm_store_t*, const char* path, own wasm_module_t** out);
/* From the text format to the binary format. The result is not validated. */
WASM_API_EXTERN own weir_error_t* weir_wat_to_wasm(const char* text, size_t size, own wasm_byte_vec_t* out);

/* Names of the name section; empty if there is none. */
WASM_API_EXTERN void weir_module_name(const wasm_module_t*, own wasm_name_t* out);
WASM_API_EXTERN void weir_module_function_name(const wasm_module_t*, uint32_t index, own wasm_name_t* out);

/* ---- Stores: limits, fuel, interruption ------------------------------------------------------------------------ */

/* No limit; as a maximum: none is declared. */
#define WEIR_UNLIMITED UINT64_MAX

/* What a store may take, whoever asks. Initial sizes are checked like growth. A refused growth gives the guest -1, or
 * makes it trap with trap_on_grow_failure. A store of wasm_store_new() has no limits. */
typedef struct weir_store_limits_t {
  uint64_t memory_size;    /* bytes, each memory */
  uint64_t total_memory;   /* bytes, all memories together */
  uint64_t table_elements; /* elements, each table */
  uint64_t instances;
  uint64_t tables;
  uint64_t memories;
  bool trap_on_grow_failure;
} weir_store_limits_t;
#define WEIR_STORE_LIMITS_INIT \
  {WEIR_UNLIMITED, WEIR_UNLIMITED, WEIR_UNLIMITED, WEIR_UNLIMITED, WEIR_UNLIMITED, WEIR_UNLIMITED, false}

/* NULL: no limits. */
WASM_API_EXTERN own weir_error_t* weir_store_set_limits(wasm_store_t*, const weir_store_limits_t*);

/* weir_config_set_host_writes() for this store. */
WASM_API_EXTERN own weir_error_t* weir_store_set_host_writes(wasm_store_t*, weir_host_writes_t);
/* weir_config_set_read_only_data() for this store. What is there when this switches it on counts as right. */
WASM_API_EXTERN own weir_error_t* weir_store_set_read_only_data(wasm_store_t*, weir_read_only_data_t);

/* A limit of the embedder's own, asked after the fixed ones. Sizes in bytes for memories, in elements for tables;
 * `current` is 0 for one that is being created, `maximum` its own (which has not been compared yet) or WEIR_UNLIMITED.
 * False refuses. It must not use the store. NULL for the limiter removes it. */
typedef bool (*weir_limiter_t)(void* env, wasm_externkind_t kind, uint64_t current, uint64_t desired, uint64_t maximum);
WASM_API_EXTERN own weir_error_t* weir_store_set_limiter(wasm_store_t*, weir_limiter_t, void* env,
                                                         void (*finalizer)(void*));

/* Fuel, in instructions; errors unless the engine was made with weir_config_set_fuel(). */
WASM_API_EXTERN own weir_error_t* weir_store_set_fuel(wasm_store_t*, uint64_t fuel);
WASM_API_EXTERN own weir_error_t* weir_store_fuel(wasm_store_t*, uint64_t* out);

/* Guests trap soon after so many nanoseconds from now. Stays until it is set again or cleared. */
WASM_API_EXTERN own weir_error_t* weir_store_set_deadline(wasm_store_t*, uint64_t nanoseconds);
WASM_API_EXTERN own weir_error_t* weir_store_clear_deadline(wasm_store_t*);

/* Stops the guest of a store from any thread: the one that runs, or the next one to run, traps once. A handle does not
 * keep the store. */
typedef struct weir_interrupt_t weir_interrupt_t;
WASM_API_EXTERN own weir_interrupt_t* weir_interrupt_new(wasm_store_t*);
WASM_API_EXTERN void weir_interrupt_now(const weir_interrupt_t*);
WASM_API_EXTERN void weir_interrupt_delete(own weir_interrupt_t*);

/* One pointer for the host. */
WASM_API_EXTERN void weir_store_set_data(wasm_store_t*, void* data, void (*finalizer)(void*));
WASM_API_EXTERN void* weir_store_data(const wasm_store_t*);

/* ---- Host functions -------------------------------------------------------------------------------------------- */

/* Who called a host function. Valid during the call only. */
typedef struct weir_caller_t weir_caller_t;

/* As wasm_func_callback_with_env_t, with the caller. */
typedef own wasm_trap_t* (*weir_func_callback_t)(void* env, weir_caller_t* caller, const wasm_val_vec_t* args,
                                                 own wasm_val_vec_t* results);

/* Borrowed: the store that the call is in. */
WASM_API_EXTERN wasm_store_t* weir_caller_store(weir_caller_t*);
/* The instance whose code called; NULL when the host called. */
WASM_API_EXTERN own wasm_instance_t* weir_caller_instance(weir_caller_t*);
/* An export of the calling instance; NULL if there is none of this name. */
WASM_API_EXTERN own wasm_extern_t* weir_caller_export(weir_caller_t*, const char* name);
/* A memory of the calling instance, exported or not, by its index. */
WASM_API_EXTERN own wasm_memory_t* weir_caller_memory(weir_caller_t*, uint32_t index);
/* The active calls, as a trap at this moment would show them. */
WASM_API_EXTERN void weir_caller_trace(weir_caller_t*, own wasm_frame_vec_t* out);

/* wasm_func_new_with_env() for a callback that wants to know its caller. */
WASM_API_EXTERN own weir_error_t* weir_func_new(wasm_store_t*, const wasm_functype_t*, weir_func_callback_t, void* env,
                                                void (*finalizer)(void*), own wasm_func_t** out);
/* wasm_func_call() that tells wrong use, guests' traps and exhaustion apart by the error's kind. */
WASM_API_EXTERN own weir_error_t* weir_func_call(const wasm_func_t*, const wasm_val_vec_t* args,
                                                 wasm_val_vec_t* results);

/* ---- Linking by name ------------------------------------------------------------------------------------------- */

/* Belongs to one engine and one thread at a time. Functions defined with weir_linker_define_func() work in any store of
 * the engine (their finalizer runs when the linker and all these stores are gone), objects in their own store only. */
typedef struct weir_linker_t weir_linker_t;
WASM_API_EXTERN own weir_linker_t* weir_linker_new(const wasm_engine_t*);
WASM_API_EXTERN void weir_linker_delete(own weir_linker_t*);

/* Whether a definition may replace an earlier one of the same name; else that is an error. Default: no. */
WASM_API_EXTERN void weir_linker_allow_shadowing(weir_linker_t*, bool on);
WASM_API_EXTERN own weir_error_t* weir_linker_define(weir_linker_t*, const char* module, const char* name,
                                                     const wasm_extern_t*);
WASM_API_EXTERN own weir_error_t* weir_linker_define_func(weir_linker_t*, const char* module, const char* name,
                                                          const wasm_functype_t*, weir_func_callback_t, void* env,
                                                          void (*finalizer)(void*));
/* All exports of the instance. */
WASM_API_EXTERN own weir_error_t* weir_linker_define_instance(weir_linker_t*, const char* module,
                                                              const wasm_instance_t*);
/* Makes what is defined under one name, or one module name, known under another too. */
WASM_API_EXTERN own weir_error_t* weir_linker_alias(weir_linker_t*, const char* module, const char* name,
                                                    const char* as_module, const char* as_name);
WASM_API_EXTERN own weir_error_t* weir_linker_alias_module(weir_linker_t*, const char* module, const char* as_module);
/* For every function import that is not defined: a function that traps and names the import. */
WASM_API_EXTERN own weir_error_t* weir_linker_define_unknown_imports_as_traps(weir_linker_t*, const wasm_module_t*);
/* What is defined under this name; `*out` is NULL if nothing is. */
WASM_API_EXTERN own weir_error_t* weir_linker_get(const weir_linker_t*, wasm_store_t*, const char* module,
                                                  const char* name, own wasm_extern_t** out);

/* Links, instantiates in the store, and runs the start function. A link error lists every import that is missing or
 * does not fit. */
WASM_API_EXTERN own weir_error_t* weir_linker_instantiate(const weir_linker_t*, wasm_store_t*, const wasm_module_t*,
                                                          own wasm_instance_t** out);

/* A module whose imports have been looked up once, to be instantiated many times. */
typedef struct weir_instance_pre_t weir_instance_pre_t;
WASM_API_EXTERN own weir_error_t* weir_instance_pre_new(const weir_linker_t*, const wasm_module_t*,
                                                        own weir_instance_pre_t** out);
WASM_API_EXTERN own weir_error_t* weir_instance_pre_instantiate(const weir_instance_pre_t*, wasm_store_t*,
                                                                own wasm_instance_t** out);
WASM_API_EXTERN void weir_instance_pre_delete(own weir_instance_pre_t*);

/* wasm_instance_new() with an error instead of a trap. */
WASM_API_EXTERN own weir_error_t* weir_instance_new(wasm_store_t*, const wasm_module_t*,
                                                    const wasm_extern_vec_t* imports, own wasm_instance_t** out);
/* An export by its name; NULL if there is none (weir_take_error() lists those that there are). */
WASM_API_EXTERN own wasm_extern_t* weir_instance_export(const wasm_instance_t*, const char* name);
/* The same, of one kind. */
WASM_API_EXTERN own wasm_func_t* weir_instance_func(const wasm_instance_t*, const char* name);
WASM_API_EXTERN own wasm_memory_t* weir_instance_memory(const wasm_instance_t*, const char* name);
/* Makes the instance what it was when it had just been made, and runs its start function again: memories, tables and
 * globals that its module defines, and dropped segments. What is imported stays as it is; what a guest allocator handed
 * out is gone. Not while a call into the store is active. */
WASM_API_EXTERN own weir_error_t* weir_instance_reset(const wasm_instance_t*);

/* ---- Memories -------------------------------------------------------------------------------------------------- */

/* Copy between a memory and the host. A range that is not inside the memory is an error and nothing is copied. */
WASM_API_EXTERN own weir_error_t* weir_memory_read(const wasm_memory_t*, uint64_t address, void* to, size_t size);
WASM_API_EXTERN own weir_error_t* weir_memory_write(wasm_memory_t*, uint64_t address, const void* from, size_t size);
/* Declares a range as the host's to write to, by an agreement with the guest, for weir_store_set_host_writes(); the
 * second takes it back. */
WASM_API_EXTERN own weir_error_t* weir_memory_allow_host_writes(wasm_memory_t*, uint64_t address, uint64_t size);
WASM_API_EXTERN own weir_error_t* weir_memory_disallow_host_writes(wasm_memory_t*, uint64_t address, uint64_t size);

/* Declares that nobody is to change what the range holds now, for weir_store_set_read_only_data(); the second takes a
 * range out, also of the constants that the module names. */
WASM_API_EXTERN own weir_error_t* weir_memory_declare_read_only(wasm_memory_t*, uint64_t address, uint64_t size);
WASM_API_EXTERN own weir_error_t* weir_memory_undeclare_read_only(wasm_memory_t*, uint64_t address, uint64_t size);
/* wasm_memory_grow() that names the limit that refuses. `previous` (if wanted) gets the size before, in pages. */
WASM_API_EXTERN own weir_error_t* weir_memory_grow(wasm_memory_t*, uint64_t pages, uint64_t* previous);

/* ---- Traps ----------------------------------------------------------------------------------------------------- */

typedef uint8_t weir_trap_reason_t;
enum weir_trap_reason_enum {
  WEIR_TRAP_NONE, /* not a guest's trap: made by wasm_trap_new(), or for an error of wasm_instance_new() */
  WEIR_TRAP_UNREACHABLE,
  WEIR_TRAP_OUT_OF_BOUNDS_MEMORY,
  WEIR_TRAP_OUT_OF_BOUNDS_TABLE,
  WEIR_TRAP_UNINITIALIZED_ELEMENT,
  WEIR_TRAP_UNDEFINED_ELEMENT,
  WEIR_TRAP_INDIRECT_CALL_TYPE_MISMATCH,
  WEIR_TRAP_INTEGER_DIVIDE_BY_ZERO,
  WEIR_TRAP_INTEGER_OVERFLOW,
  WEIR_TRAP_INVALID_CONVERSION_TO_INTEGER,
  WEIR_TRAP_CALL_STACK_EXHAUSTED,
  WEIR_TRAP_OUT_OF_FUEL,
  WEIR_TRAP_INTERRUPTED,
  WEIR_TRAP_DEADLINE_REACHED,
  WEIR_TRAP_GROWTH_REFUSED,
  WEIR_TRAP_HOST_ERROR, /* a host function returned a trap */
  WEIR_TRAP_HOST_MEMORY,
  WEIR_TRAP_UNTRANSLATABLE,
  WEIR_TRAP_READ_ONLY_DATA /* it was changed: weir_store_set_read_only_data() */
};
WASM_API_EXTERN weir_trap_reason_t weir_trap_reason(const wasm_trap_t*);
/* The specification's wording: "out of bounds memory access". */
WASM_API_EXTERN const char* weir_trap_reason_name(weir_trap_reason_t);

/* The innermost guest function and the offset of its instruction from the module's first byte. False: there is none. */
WASM_API_EXTERN bool weir_trap_function(const wasm_trap_t*, uint32_t* function);
WASM_API_EXTERN bool weir_trap_offset(const wasm_trap_t*, uint64_t* offset);
/* How many calls wasm_trap_trace() leaves out. */
WASM_API_EXTERN uint64_t weir_trap_omitted_frames(const wasm_trap_t*);

/* The facts of an access that was out of bounds. For memory.fill, .copy and .init `base` is the start of the range. */
typedef struct weir_memory_access_t {
  uint64_t address;     /* effective: base + offset */
  uint64_t base;        /* the address operand */
  uint64_t offset;      /* the instruction's */
  uint64_t size;        /* bytes */
  uint64_t memory_size; /* bytes, at that moment */
  uint32_t memory;      /* index in the module */
  bool is_store;
} weir_memory_access_t;
/* False: the trap is not about a memory. */
WASM_API_EXTERN bool weir_trap_memory_access(const wasm_trap_t*, weir_memory_access_t* out);

/* Everything that is known, for people: several lines, ended with a zero that counts in the size. */
WASM_API_EXTERN void weir_trap_report(const wasm_trap_t*, own wasm_message_t* out);
/* The same with colours for a terminal, by escape sequences. */
WASM_API_EXTERN void weir_trap_report_coloured(const wasm_trap_t*, own wasm_message_t* out);
/* The same for programs: a JSON object on one line, which docs/memory.md describes. Of a trap of wasm_trap_new() it has
 * no more than the message. */
WASM_API_EXTERN void weir_trap_report_json(const wasm_trap_t*, own wasm_message_t* out);

/* From the name section, else an export's name, of a host function its import's; empty when there is none. */
WASM_API_EXTERN const char* weir_frame_func_name(const wasm_frame_t*);
WASM_API_EXTERN const char* weir_frame_module_name(const wasm_frame_t*);
WASM_API_EXTERN bool weir_frame_is_host(const wasm_frame_t*);

/* ---- Memory maps ----------------------------------------------------------------------------------------------- */

/* What lies where in a module's memory, inferred from the module (docs/memory.md). A map does not change, may be used
 * by all threads, and does not keep the module. */
typedef struct weir_memory_map_t weir_memory_map_t;
/* Of the memory with this index. */
WASM_API_EXTERN own weir_error_t* weir_memory_map_new(const wasm_module_t*, uint32_t memory,
                                                      own weir_memory_map_t** out);
WASM_API_EXTERN void weir_memory_map_delete(own weir_memory_map_t*);

typedef uint8_t weir_region_kind_t;
enum weir_region_kind_enum {
  WEIR_REGION_NULL_PAGE,
  WEIR_REGION_STACK,
  WEIR_REGION_STATIC_DATA,
  WEIR_REGION_READ_ONLY_DATA,
  WEIR_REGION_BSS,
  WEIR_REGION_HEAP,
  WEIR_REGION_HOST_GROWN,
  WEIR_REGION_UNKNOWN
};
/* "null page", "stack", "static data", ... */
WASM_API_EXTERN const char* weir_region_kind_name(weir_region_kind_t);

typedef uint8_t weir_confidence_t;
enum weir_confidence_enum { WEIR_CONFIDENCE_GUESS, WEIR_CONFIDENCE_LIKELY, WEIR_CONFIDENCE_CERTAIN };

typedef struct weir_memory_region_t {
  uint64_t begin;
  uint64_t end;         /* the first address behind it */
  const char* evidence; /* the strongest, in a sentence; lives as long as the map */
  weir_region_kind_t kind;
  weir_confidence_t confidence;
} weir_memory_region_t;
/* In order of address, without gaps. */
WASM_API_EXTERN size_t weir_memory_map_region_count(const weir_memory_map_t*);
/* False: there is no such region. */
WASM_API_EXTERN bool weir_memory_map_region(const weir_memory_map_t*, size_t index, weir_memory_region_t* out);
/* The region that holds the address; what is behind the initial size counts as heap if that reaches so far. */
WASM_API_EXTERN bool weir_memory_map_find(const weir_memory_map_t*, uint64_t address, weir_memory_region_t* out);

/* False: nothing tells. */
WASM_API_EXTERN bool weir_memory_map_data_end(const weir_memory_map_t*, uint64_t* out);
WASM_API_EXTERN bool weir_memory_map_heap_base(const weir_memory_map_t*, uint64_t* out);
/* "rustc 1.63.0"; empty if nothing tells. */
WASM_API_EXTERN const char* weir_memory_map_toolchain(const weir_memory_map_t*);
/* "stack first", "data first", ... */
WASM_API_EXTERN const char* weir_memory_map_layout(const weir_memory_map_t*);
/* What would make the guest safer to embed or easier to diagnose, one text for each index; NULL behind the last. */
WASM_API_EXTERN const char* weir_memory_map_advice(const weir_memory_map_t*, size_t index);

/* ---- WASI preview 1 -------------------------------------------------------------------------------------------- */

/* What a guest program shall see: nothing but what is put here. Strings are copied. docs/wasi.md states what the
 * sandbox guarantees. */
typedef struct weir_wasi_config_t weir_wasi_config_t;
WASM_API_EXTERN own weir_wasi_config_t* weir_wasi_config_new(void);
WASM_API_EXTERN void weir_wasi_config_delete(own weir_wasi_config_t*);

/* The first argument is the program's name. */
WASM_API_EXTERN void weir_wasi_config_add_arg(weir_wasi_config_t*, const char* arg);
WASM_API_EXTERN void weir_wasi_config_set_env(weir_wasi_config_t*, const char* name, const char* value);
WASM_API_EXTERN void weir_wasi_config_inherit_env(weir_wasi_config_t*);
/* Standard streams of the host's process; else they are empty or lead nowhere. */
WASM_API_EXTERN void weir_wasi_config_inherit_stdio(weir_wasi_config_t*);
WASM_API_EXTERN void weir_wasi_config_set_stdin(weir_wasi_config_t*, const void* bytes, size_t size);
/* A folder of the host under a name of the guest's. It is opened by weir_store_set_wasi(). */
WASM_API_EXTERN void weir_wasi_config_preopen(weir_wasi_config_t*, const char* host_folder, const char* guest_path,
                                              bool read_only);
/* A socket, listening or connected, by its descriptor, which weir_store_set_wasi() duplicates. Sockets have the guest's
 * descriptors directly behind the standard streams, before folders. */
WASM_API_EXTERN void weir_wasi_config_add_socket(weir_wasi_config_t*, int descriptor);
/* For runs that can be repeated: random bytes from the seed, and a clock that starts at so many nanoseconds since 1970
 * and passes only while the guest waits. */
WASM_API_EXTERN void weir_wasi_config_set_deterministic(weir_wasi_config_t*, uint64_t seed, uint64_t realtime);
/* Descriptors that may be open at once. Default: 1024. */
WASM_API_EXTERN void weir_wasi_config_set_max_descriptors(weir_wasi_config_t*, uint32_t count);

/* What a guest wrote to a stream. One capture may serve both streams and several configurations of one thread. */
typedef struct weir_wasi_capture_t weir_wasi_capture_t;
/* Beyond so many bytes the guest is told that there is no space. */
WASM_API_EXTERN own weir_wasi_capture_t* weir_wasi_capture_new(size_t max_bytes);
WASM_API_EXTERN void weir_wasi_capture_delete(own weir_wasi_capture_t*);
/* Takes out what was written since the last time. */
WASM_API_EXTERN void weir_wasi_capture_take(weir_wasi_capture_t*, own wasm_byte_vec_t* out);
WASM_API_EXTERN void weir_wasi_config_capture_stdout(weir_wasi_config_t*, const weir_wasi_capture_t*);
WASM_API_EXTERN void weir_wasi_config_capture_stderr(weir_wasi_config_t*, const weir_wasi_capture_t*);

/* Files in memory. One set may serve several stores of one thread. */
typedef struct weir_wasi_files_t weir_wasi_files_t;
WASM_API_EXTERN own weir_wasi_files_t* weir_wasi_files_new(uint64_t max_bytes);
WASM_API_EXTERN void weir_wasi_files_delete(own weir_wasi_files_t*);
/* Paths are relative to the root; folders on the way are made. False: no such path, or no space. */
WASM_API_EXTERN bool weir_wasi_files_write(weir_wasi_files_t*, const char* path, const void* bytes, size_t size);
WASM_API_EXTERN bool weir_wasi_files_read(weir_wasi_files_t*, const char* path, own wasm_byte_vec_t* out);
WASM_API_EXTERN void weir_wasi_config_mount(weir_wasi_config_t*, const weir_wasi_files_t*, const char* guest_path,
                                            bool read_only);

/* Gives the store's guests what the configuration says; replaces what they had. */
WASM_API_EXTERN own weir_error_t* weir_store_set_wasi(wasm_store_t*, own weir_wasi_config_t*);
/* Defines all functions of WASI. In a store without a configuration they trap. */
WASM_API_EXTERN own weir_error_t* weir_linker_define_wasi(weir_linker_t*);
/* Runs the program: calls its export _start. NULL when the program ended by itself, with its exit status. */
WASM_API_EXTERN own weir_error_t* weir_wasi_run(const wasm_instance_t*, uint32_t* status);
/* For calls of other exports: false if the error or trap is not a program's end by proc_exit. */
WASM_API_EXTERN bool weir_error_exit_status(const weir_error_t*, uint32_t* status);
WASM_API_EXTERN bool weir_trap_exit_status(const wasm_trap_t*, uint32_t* status);

/* ---- Guest buffers --------------------------------------------------------------------------------------------- */

/* The guest's own allocator, found among an instance's exports. Addresses in guest memory are never to be made up:
 * memory for data that goes in comes from here (docs/exchange.md). Every answer of the guest is checked. */
typedef struct weir_allocator_t weir_allocator_t;
/* By names that mean an allocator (malloc and free, cabi_realloc, ...). The error suggests what may be one. */
WASM_API_EXTERN own weir_error_t* weir_allocator_discover(const wasm_instance_t*, own weir_allocator_t** out);
/* By the names of exports. NULL for `deallocate`: nothing is given back. */
WASM_API_EXTERN own weir_error_t* weir_allocator_named(const wasm_instance_t*, const char* allocate,
                                                       const char* deallocate, own weir_allocator_t** out);
/* The same for a guest whose memory is imported, or one of several: the memory that the allocator's pointers are meant
 * for. NULL for `allocate` searches as weir_allocator_discover() does. */
WASM_API_EXTERN own weir_error_t* weir_allocator_in_memory(const wasm_instance_t*, const wasm_memory_t*,
                                                           const char* allocate, const char* deallocate,
                                                           own weir_allocator_t** out);
/* Its buffers may outlive it. */
WASM_API_EXTERN void weir_allocator_delete(own weir_allocator_t*);
/* "malloc/free" */
WASM_API_EXTERN const char* weir_allocator_name(const weir_allocator_t*);

/* Memory that the guest handed out, owned by the host. Keeps the store. */
typedef struct weir_buffer_t weir_buffer_t;
/* Uninitialised. The alignment is a power of two. */
WASM_API_EXTERN own weir_error_t* weir_allocator_allocate(const weir_allocator_t*, uint64_t size, uint64_t alignment,
                                                          own weir_buffer_t** out);
/* Allocates and writes. */
WASM_API_EXTERN own weir_error_t* weir_allocator_put(const weir_allocator_t*, const void* bytes, size_t size,
                                                     uint64_t alignment, own weir_buffer_t** out);
/* Text (UTF-8) as a String of Rust's bincode, version 1: its length in 8 bytes, then the bytes. */
WASM_API_EXTERN own weir_error_t* weir_allocator_put_bincode_string(const weir_allocator_t*, const char* text,
                                                                    size_t size, own weir_buffer_t** out);
/* Takes over what the guest allocated and handed to the host. */
WASM_API_EXTERN own weir_error_t* weir_allocator_adopt(const weir_allocator_t*, uint64_t address, uint64_t size,
                                                       uint64_t alignment, own weir_buffer_t** out);

WASM_API_EXTERN uint64_t weir_buffer_address(const weir_buffer_t*);
WASM_API_EXTERN uint64_t weir_buffer_size(const weir_buffer_t*);
/* Within the buffer; all or nothing. */
WASM_API_EXTERN own weir_error_t* weir_buffer_write(weir_buffer_t*, uint64_t offset, const void* from, size_t size);
WASM_API_EXTERN own weir_error_t* weir_buffer_read(const weir_buffer_t*, uint64_t offset, void* to, size_t size);
/* Keeps the bytes, as far as both sizes go; the address may change. */
WASM_API_EXTERN own weir_error_t* weir_buffer_resize(weir_buffer_t*, uint64_t size);
/* Gives the memory back through the guest, and tells whether that went well. */
WASM_API_EXTERN own weir_error_t* weir_buffer_free(own weir_buffer_t*);
/* The same, where nobody would look: a trap goes to the diagnostic sink. */
WASM_API_EXTERN void weir_buffer_delete(own weir_buffer_t*);
/* Hands the memory over to the guest; gives its address. */
WASM_API_EXTERN uint64_t weir_buffer_release(own weir_buffer_t*);

#ifdef __cplusplus
}
#endif

#undef own
