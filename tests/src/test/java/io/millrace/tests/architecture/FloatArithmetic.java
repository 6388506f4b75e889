package io.millrace.tests.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Holds for a class whose bytecode adds, subtracts, multiplies, divides or negates {@code float} or
 * {@code double} numbers. Comparing and converting them is not arithmetic.
 */
final class FloatArithmetic extends ArchCondition<JavaClass> {

  private static final Set<Integer> ARITHMETIC =
      Set.of(
          Opcodes.FADD,
          Opcodes.FSUB,
          Opcodes.FMUL,
          Opcodes.FDIV,
          Opcodes.FREM,
          Opcodes.FNEG,
          Opcodes.DADD,
          Opcodes.DSUB,
          Opcodes.DMUL,
          Opcodes.DDIV,
          Opcodes.DREM,
          Opcodes.DNEG);

  FloatArithmetic() {
    super("do arithmetic on float or double");
  }

  @Override
  public void check(JavaClass type, ConditionEvents events) {
    try (InputStream bytes = type.getSource().orElseThrow().getUri().toURL().openStream()) {
      new ClassReader(bytes).accept(new Methods(type, events), ClassReader.SKIP_FRAMES);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Methods extends ClassVisitor {
    private final JavaClass type;
    private final ConditionEvents events;

    Methods(JavaClass type, ConditionEvents events) {
      super(Opcodes.ASM9);
      this.type = type;
      this.events = events;
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String name, String descriptor, String signature, String[] exceptions) {
      return new MethodVisitor(Opcodes.ASM9) {
        @Override
        public void visitInsn(int opcode) {
          if (ARITHMETIC.contains(opcode)) {
            String message = type.getName() + "." + name + " does arithmetic, opcode " + opcode;
            events.add(SimpleConditionEvent.satisfied(type, message));
          }
        }
      };
    }
  }
}
