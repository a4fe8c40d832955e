/* Types: of imports, exports and objects, in both directions. */
#include "support.h"

static bool is_name(const wasm_name_t* name, const char* text) {
  return name->size == strlen(text) && memcmp(name->data, text, name->size) == 0;
}

static void check_types(const wasm_valtype_vec_t* types, size_t count, const wasm_valkind_t* kinds) {
  CHECK(types->size == count);
  for (size_t i = 0; i < count; ++i) {
    CHECK(wasm_valtype_kind(types->data[i]) == kinds[i]);
  }
}

static void check_func(const wasm_externtype_t* type) {
  CHECK(wasm_externtype_kind(type) == WASM_EXTERN_FUNC);
  const wasm_functype_t* const func = wasm_externtype_as_functype_const(type);
  CHECK(func != NULL && wasm_externtype_as_globaltype_const(type) == NULL);
  const wasm_valkind_t params[] = {WASM_I32, WASM_F64, WASM_EXTERNREF};
  const wasm_valkind_t results[] = {WASM_I64, WASM_F32, WASM_FUNCREF};
  check_types(wasm_functype_params(func), 3, params);
  check_types(wasm_functype_results(func), 3, results);
  CHECK(wasm_functype_as_externtype_const(func) == type);
}

static void check_global(const wasm_externtype_t* type) {
  const wasm_globaltype_t* const global = wasm_externtype_as_globaltype_const(type);
  CHECK(global != NULL && wasm_globaltype_mutability(global) == WASM_VAR);
  CHECK(wasm_valtype_kind(wasm_globaltype_content(global)) == WASM_F64);
}

static void check_table(const wasm_externtype_t* type) {
  const wasm_tabletype_t* const table = wasm_externtype_as_tabletype_const(type);
  CHECK(table != NULL && wasm_valtype_kind(wasm_tabletype_element(table)) == WASM_FUNCREF);
  CHECK(wasm_tabletype_limits(table)->min == 3 && wasm_tabletype_limits(table)->max == 7);
}

static void check_memory(const wasm_externtype_t* type) {
  const wasm_memorytype_t* const memory = wasm_externtype_as_memorytype_const(type);
  CHECK(memory != NULL && wasm_externtype_as_tabletype_const(type) == NULL);
  CHECK(wasm_memorytype_limits(memory)->min == 2);
  CHECK(wasm_memorytype_limits(memory)->max == wasm_limits_max_default);
}

static void check_by_name(const wasm_name_t* name, const wasm_externtype_t* type) {
  if (is_name(name, "f")) {
    check_func(type);
  } else if (is_name(name, "g")) {
    check_global(type);
  } else if (is_name(name, "t")) {
    check_table(type);
  } else {
    CHECK(is_name(name, "m"));
    check_memory(type);
  }
}

/* Types that the host makes. */
static void made_types(void) {
  wasm_valtype_t* types[] = {wasm_valtype_new_i32(), wasm_valtype_new_funcref()};
  wasm_valtype_vec_t params;
  wasm_valtype_vec_t results;
  wasm_valtype_vec_new(&params, 2, types);
  wasm_valtype_vec_copy(&results, &params);
  CHECK(results.size == 2 && results.data[0] != params.data[0]);
  wasm_functype_t* const func = wasm_functype_new(&params, &results);
  wasm_functype_t* const copy = wasm_functype_copy(func);
  wasm_functype_delete(func);
  const wasm_valkind_t kinds[] = {WASM_I32, WASM_FUNCREF};
  check_types(wasm_functype_params(copy), 2, kinds);
  check_types(wasm_functype_results(copy), 2, kinds);
  CHECK(wasm_valtype_is_num(wasm_functype_params(copy)->data[0]));
  CHECK(wasm_valtype_is_ref(wasm_functype_params(copy)->data[1]));

  wasm_name_t module;
  wasm_name_t name;
  wasm_name_new_from_string(&module, "env");
  wasm_name_new_from_string(&name, "f");
  wasm_importtype_t* const import = wasm_importtype_new(&module, &name, wasm_functype_as_externtype(copy));
  wasm_importtype_t* const second = wasm_importtype_copy(import);
  wasm_importtype_delete(import);
  CHECK(is_name(wasm_importtype_module(second), "env") && is_name(wasm_importtype_name(second), "f"));
  check_types(wasm_functype_params(wasm_externtype_as_functype_const(wasm_importtype_type(second))), 2, kinds);
  wasm_importtype_delete(second);

  const wasm_limits_t limits = {1, 2};
  wasm_tabletype_t* const table = wasm_tabletype_new(wasm_valtype_new_externref(), &limits);
  wasm_externtype_t* const table_copy = wasm_externtype_copy(wasm_tabletype_as_externtype(table));
  wasm_tabletype_delete(table);
  CHECK(wasm_externtype_as_tabletype(table_copy) != NULL);
  CHECK(wasm_tabletype_limits(wasm_externtype_as_tabletype(table_copy))->max == 2);
  wasm_name_new_from_string(&name, "t");
  wasm_exporttype_t* exports[] = {wasm_exporttype_new(&name, table_copy)};
  wasm_exporttype_vec_t vec;
  wasm_exporttype_vec_t vec_copy;
  wasm_exporttype_vec_new(&vec, 1, exports);
  wasm_exporttype_vec_copy(&vec_copy, &vec);
  wasm_exporttype_vec_delete(&vec);
  CHECK(vec.size == 0 && vec.data == NULL);
  CHECK(vec_copy.size == 1 && is_name(wasm_exporttype_name(vec_copy.data[0]), "t"));
  wasm_exporttype_vec_delete(&vec_copy);

  wasm_memorytype_t* const memory = wasm_memorytype_new(NULL);
  CHECK(wasm_memorytype_limits(memory)->min == 0);
  wasm_memorytype_delete(memory);
  CHECK(wasm_valtype_new(99) == NULL);
}

int main(void) {
  made_types();
  wasm_engine_t* const engine = wasm_engine_new();
  wasm_store_t* const store = wasm_store_new(engine);
  wasm_module_t* const module =
      load(store,
           "(module"
           "  (import \"env\" \"f\" (func $f (param i32 f64 externref) (result i64 f32 funcref)))"
           "  (import \"env\" \"g\" (global $g (mut f64)))"
           "  (import \"env\" \"t\" (table $t 3 7 funcref))"
           "  (import \"env\" \"m\" (memory $m 2))"
           "  (export \"m\" (memory $m)) (export \"t\" (table $t)) (export \"f\" (func $f))"
           "  (export \"g\" (global $g)))");
  wasm_importtype_vec_t imports;
  wasm_module_imports(module, &imports);
  CHECK(imports.size == 4 && is_name(wasm_importtype_name(imports.data[0]), "f"));
  for (size_t i = 0; i < imports.size; ++i) {
    CHECK(is_name(wasm_importtype_module(imports.data[i]), "env"));
    check_by_name(wasm_importtype_name(imports.data[i]), wasm_importtype_type(imports.data[i]));
  }
  wasm_exporttype_vec_t exports;
  wasm_module_exports(module, &exports);
  CHECK(exports.size == 4 && is_name(wasm_exporttype_name(exports.data[0]), "m"));
  for (size_t i = 0; i < exports.size; ++i) {
    check_by_name(wasm_exporttype_name(exports.data[i]), wasm_exporttype_type(exports.data[i]));
  }

  /* Objects made from the types of the imports have these types, and satisfy the imports. */
  const wasm_externtype_t* const types[] = {
      wasm_importtype_type(imports.data[0]), wasm_importtype_type(imports.data[1]),
      wasm_importtype_type(imports.data[2]), wasm_importtype_type(imports.data[3])};
  const wasm_val_t zero = WASM_F64_VAL(0.5);
  wasm_extern_t* objects[] = {
      wasm_func_as_extern(wasm_func_new_with_env(store, wasm_externtype_as_functype_const(types[0]),
                                                 (wasm_func_callback_with_env_t)abort, NULL, NULL)),
      wasm_global_as_extern(wasm_global_new(store, wasm_externtype_as_globaltype_const(types[1]), &zero)),
      wasm_table_as_extern(wasm_table_new(store, wasm_externtype_as_tabletype_const(types[2]), NULL)),
      wasm_memory_as_extern(wasm_memory_new(store, wasm_externtype_as_memorytype_const(types[3])))};
  for (size_t i = 0; i < 4; ++i) {
    CHECK(objects[i] != NULL && wasm_extern_kind(objects[i]) == wasm_externtype_kind(types[i]));
    wasm_externtype_t* const type = wasm_extern_type(objects[i]);
    check_by_name(wasm_importtype_name(imports.data[i]), type);
    wasm_externtype_delete(type);
  }
  const wasm_extern_vec_t given = WASM_ARRAY_VEC(objects);
  wasm_instance_t* const instance = wasm_instance_new(store, module, &given, NULL);
  CHECK(instance != NULL);
  wasm_extern_vec_t found;
  wasm_instance_exports(instance, &found);
  CHECK(found.size == 4);
  /* Exported again: the same objects. */
  CHECK(wasm_extern_same(found.data[0], objects[3]) && wasm_extern_same(found.data[2], objects[0]));
  CHECK(!wasm_extern_same(found.data[0], objects[0]));

  wasm_extern_vec_delete(&found);
  wasm_instance_delete(instance);
  for (size_t i = 0; i < 4; ++i) {
    wasm_extern_delete(objects[i]);
  }
  wasm_importtype_vec_delete(&imports);
  wasm_exporttype_vec_delete(&exports);
  wasm_module_delete(module);
  wasm_store_delete(store);
  wasm_engine_delete(engine);
  return 0;
}
