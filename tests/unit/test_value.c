/* Value trees: order, lookup, removal, and a full arena. */
#include "gantrain/base/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h> /* last: it has a macro fail() */

static void open_arena(Arena *a, size_t bytes)
{
    assert_int_equal(arena_open(a, bytes, NULL), GT_OK);
}

/* {"a": null, "b": "two", "c": 3} */
static Value *abc(Arena *a)
{
    Value *v = value_add(a, NULL, NULL, VALUE_OBJECT, NULL);
    assert_non_null(value_add(a, v, "a", VALUE_NULL, NULL));
    assert_non_null(value_add(a, v, "b", VALUE_STRING, "two"));
    assert_non_null(value_add(a, v, "c", VALUE_NUMBER, "3"));
    return v;
}

/* The keys of an object in order, and that `last` is the last. */
static void assert_keys(const Value *object, const char *keys)
{
    const Value *last = NULL;
    for (const Value *v = object->child; v; v = v->next) {
        assert_int_equal(v->key[0], *keys++);
        last = v;
    }
    assert_int_equal(*keys, '\0');
    assert_ptr_equal(object->last, last);
}

static void test_members_are_found_in_order(void **state)
{
    (void)state;
    Arena a;
    open_arena(&a, 4096);
    const Value *v = abc(&a);
    assert_keys(v, "abc");
    assert_string_equal(value_member(v, "b")->text, "two");
    assert_int_equal(value_member(v, "c")->kind, VALUE_NUMBER);
    assert_null(value_member(v, "B"));
    assert_null(value_member(v, ""));
    assert_null(value_member(NULL, "a"));
    arena_close(&a);
}

static void test_keys_and_texts_are_copied(void **state)
{
    (void)state;
    Arena a;
    open_arena(&a, 4096);
    char key[] = "key", text[] = "text";
    const Value *v = value_add(&a, NULL, key, VALUE_STRING, text);
    memset(key, 'x', 3);
    memset(text, 'x', 4);
    assert_string_equal(v->key, "key");
    assert_string_equal(v->text, "text");
    assert_null(v->location.origin);
    assert_int_equal(v->location.line, 0);
    assert_int_equal(v->key_location.line, 0);
    arena_close(&a);
}

static void test_array_elements_have_no_keys(void **state)
{
    (void)state;
    Arena a;
    open_arena(&a, 4096);
    Value *v = value_add(&a, NULL, NULL, VALUE_ARRAY, NULL);
    assert_non_null(value_add(&a, v, NULL, VALUE_TRUE, NULL));
    assert_null(v->child->key);
    assert_null(value_member(v, "a"));
    arena_close(&a);
}

static void test_remove(void **state)
{
    static const struct {
        const char *remove, *left;
    } row[] = {
        { "", "abc" }, { "x", "abc" }, { "a", "bc" }, { "b", "ac" },  { "c", "ab" },  { "ab", "c" },
        { "ca", "b" }, { "abc", "" },  { "cba", "" }, { "bb", "ac" }, { "cbaa", "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        Arena a;
        open_arena(&a, 4096);
        Value *v = abc(&a);
        for (const char *key = row[i].remove; *key; key++)
            value_remove(v, (char[]){ *key, '\0' });
        assert_keys(v, row[i].left);
        assert_non_null(value_add(&a, v, "d", VALUE_TRUE, NULL)); /* goes on at the end */
        assert_string_equal(v->last->key, "d");
        arena_close(&a);
    }
    value_remove(NULL, "a");
}

static void test_a_full_arena_leaves_the_tree_alone(void **state)
{
    (void)state;
    Arena a;
    open_arena(&a, 3 * 128);
    Value *v = value_add(&a, NULL, NULL, VALUE_OBJECT, NULL);
    assert_non_null(v);
    char longer[400];
    memset(longer, 'k', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_null(value_add(&a, v, longer, VALUE_NULL, NULL));
    assert_null(v->child);
    assert_null(value_add(&a, v, "k", VALUE_STRING, longer));
    assert_null(v->child);
    assert_null(v->last);
    arena_close(&a);
}

static void test_paths(void **state)
{
    Arena a = { 0 };
    (void)state;
    open_arena(&a, 4096);
    Value *root = abc(&a);
    Value *inner = value_add(&a, root, "d", VALUE_OBJECT, NULL);
    const Value *leaf = value_add(&a, inner, "e", VALUE_NUMBER, "5");
    assert_ptr_equal(value_find(root, "d.e"), leaf);
    assert_ptr_equal(value_find(root, "d"), inner);
    assert_ptr_equal(value_find(root, ""), root);
    assert_null(value_find(root, "d.e.f"));
    assert_null(value_find(root, "d.x"));
    assert_null(value_find(NULL, "d"));
    arena_close(&a);
}

static void test_kind_names(void **state)
{
    (void)state;
    assert_string_equal(value_kind_name(VALUE_NULL), "null");
    assert_string_equal(value_kind_name(VALUE_FALSE), "false");
    assert_string_equal(value_kind_name(VALUE_TRUE), "true");
    assert_string_equal(value_kind_name(VALUE_NUMBER), "number");
    assert_string_equal(value_kind_name(VALUE_STRING), "string");
    assert_string_equal(value_kind_name(VALUE_ARRAY), "array");
    assert_string_equal(value_kind_name(VALUE_OBJECT), "object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_are_found_in_order),
        cmocka_unit_test(test_keys_and_texts_are_copied),
        cmocka_unit_test(test_array_elements_have_no_keys),
        cmocka_unit_test(test_remove),
        cmocka_unit_test(test_a_full_arena_leaves_the_tree_alone),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_kind_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
