package io.millrace.dense.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;

/** A computation of oneDNN bound to its operands; {@link #run} allocates nothing in Java. */
final class Call implements AutoCloseable {
  private final dnnl_stream stream;
  private final dnnl_primitive primitive = new dnnl_primitive();
  private final List<dnnl_memory> memories = new ArrayList<>();
  private final dnnl_exec_arg_t arguments;
  private final int count;

  /** Compiles the computation and binds its operands; {@code plan} is destroyed. */
  private Call(dnnl_stream stream, dnnl_primitive_desc plan, int operands) {
    this.stream = stream;
    this.arguments = new dnnl_exec_arg_t(operands);
    this.count = operands;
    Dnnl.check("compile", dnnl_primitive_create(primitive, plan));
    dnnl_primitive_desc_destroy(plan);
  }

  /** The operands of a call, each with its role. */
  static final class Operands {
    private final dnnl_engine engine;
    private final List<Integer> roles = new ArrayList<>();
    private final List<Matrix> matrices = new ArrayList<>();
    private final List<dnnl_memory_desc> layouts = new ArrayList<>();

    Operands(dnnl_engine engine) {
      this.engine = engine;
    }

    /** Adds an operand; returns its layout, which lives until {@link #bind}. */
    dnnl_memory_desc add(int role, Matrix matrix) {
      dnnl_memory_desc layout = Dnnl.layout(matrix);
      roles.add(role);
      matrices.add(matrix);
      layouts.add(layout);
      return layout;
    }

    /** Creates the call of {@code plan} with these operands. */
    Call bind(dnnl_stream stream, dnnl_primitive_desc plan) {
      Call call = new Call(stream, plan, roles.size());
      for (int i = 0; i < roles.size(); i++) {
        dnnl_memory memory = new dnnl_memory();
        Dnnl.check(
            "bind an operand",
            dnnl_memory_create(memory, layouts.get(i), engine, matrices.get(i).floats().start()));
        dnnl_memory_desc_destroy(layouts.get(i));
        call.memories.add(memory);
        call.arguments.position(i).arg(roles.get(i)).memory(memory);
      }
      call.arguments.position(0);
      return call;
    }
  }

  /** Computes on the calling thread, and returns when done. */
  void run() {
    Dnnl.check("compute", dnnl_primitive_execute(primitive, stream, count, arguments));
  }

  @Override
  public void close() {
    dnnl_primitive_destroy(primitive);
    memories.forEach(memory -> dnnl_memory_destroy(memory));
    arguments.close();
  }
}
