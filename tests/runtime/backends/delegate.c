/* A delegate of TensorFlow Lite, with as much of its C interface (lite/core/c/common.h) as it needs.

   Built with -DLEAVES=n it takes all operators but the last n; with -DREFUSES it takes none, as a
   delegate that finds nothing it knows; with -DFAILS it spoils the graph; with -DNEVER_RUNS it runs
   nothing of what it took; with -DNO_DEVICE='"..."' it cannot be made, and says so unless that is
   empty. What it takes it computes as: the first byte of the first uint8 input. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef LEAVES
#define LEAVES 0
#endif

enum { OK = 0, ERROR = 1, FLOAT32 = 1, UINT8 = 3, BUILTIN_DELEGATE = 51, ALLOW_DYNAMIC_TENSORS = 1 };

typedef struct {
  int size;
  int data[];
} IntArray;

typedef struct {
  int type;
  void *data;
  IntArray *dims;
  struct {
    float scale;
    int32_t zero_point;
  } params;
  int allocation_type;
  size_t bytes;
  const void *allocation;
  const char *name;
  void *delegate;
  int buffer_handle;
  bool data_is_stale, is_variable;
  struct {
    int type;
    void *params;
  } quantization;
  void *sparsity;
  const IntArray *dims_signature;
} Tensor;

typedef struct {
  IntArray *inputs, *outputs;
} Node; /* its beginning */

typedef struct Context Context;
typedef struct Delegate Delegate;

typedef struct {
  void *(*init)(Context *, const char *, size_t);
  void (*free)(Context *, void *);
  int (*prepare)(Context *, Node *);
  int (*invoke)(Context *, Node *);
  const char *(*profiling_string)(const Context *, const Node *);
  int32_t builtin_code;
  const char *custom_name;
  int version;
  void *external, *async_kernel;
  uint64_t inplace_operator;
} Registration;

struct Context { /* its beginning */
  size_t tensors_size;
  int (*get_execution_plan)(Context *, IntArray **);
  Tensor *tensors;
  void *impl, *resize_tensor, *report_error, *add_tensors, *get_node_and_registration;
  int (*replace_node_subsets)(Context *, Registration, const IntArray *, Delegate *);
};

struct Delegate {
  void *data;
  int (*prepare)(Context *, Delegate *);
  void *copy_from, *copy_to, *free_handle;
  int64_t flags;
  void *opaque_builder;
};

static int kernel_prepare(Context *context, Node *node) { return OK; }

static int kernel_invoke(Context *context, Node *node) {
#ifdef NEVER_RUNS
  return ERROR;
#endif
  uint8_t first = 0;
  for (int i = node->inputs->size - 1; i >= 0; i--) {
    const Tensor *input = context->tensors + node->inputs->data[i];
    if (input->type == UINT8) first = *(const uint8_t *)input->data;
  }
  Tensor *output = context->tensors + node->outputs->data[0];
  if (output->type == FLOAT32) {
    *(float *)output->data = first / 255.0f;
  } else {
    *(uint8_t *)output->data = first;
  }
  return OK;
}

static int prepare(Context *context, Delegate *delegate) {
#if defined(REFUSES)
  return OK;
#elif defined(FAILS)
  return ERROR;
#else
  IntArray *plan;
  if (context->get_execution_plan(context, &plan) != OK) return ERROR;
  size_t bytes = sizeof(int) * (1 + plan->size);
  IntArray *mine = malloc(bytes);
  memcpy(mine, plan, bytes);
  mine->size -= LEAVES;
  Registration kernel = {.prepare = kernel_prepare,
                         .invoke = kernel_invoke,
                         .builtin_code = BUILTIN_DELEGATE,
                         .custom_name = "FirstByte",
                         .version = 1};
  int status = context->replace_node_subsets(context, kernel, mine, delegate);
  free(mine);
  return status;
#endif
}

Delegate *tflite_plugin_create_delegate(const char *const *keys, const char *const *values,
                                        size_t count, void (*report)(const char *)) {
#ifdef NO_DEVICE
  if (NO_DEVICE[0]) report(NO_DEVICE);
  return NULL;
#else
  Delegate *delegate = calloc(1, sizeof *delegate);
  delegate->prepare = prepare;
  delegate->flags = ALLOW_DYNAMIC_TENSORS; /* or the operators are prepared before it is asked */
  return delegate;
#endif
}

void tflite_plugin_destroy_delegate(Delegate *delegate) { free(delegate); }
