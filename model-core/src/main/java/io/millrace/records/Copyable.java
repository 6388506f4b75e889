package io.millrace.records;

import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;

/**
 * A record that makes copies of itself with one component changed by name:
 *
 * <pre>{@code
 * HashOptions small = options.with(HashOptions::minRows, 500L).with(HashOptions::clusters, 32);
 * }</pre>
 *
 * <p>The record's constructor checks each copy. A copy is made by reflection and takes
 * microseconds: for options, not for data.
 *
 * @param <R> the record itself
 */
public interface Copyable<R extends Record & Copyable<R>> extends Serializable {

  /**
   * The accessor of a component, such as {@code HashOptions::minRows}. It is serializable because
   * only a serializable method reference knows the name of its method.
   *
   * @param <R> the record
   * @param <T> type of the component
   */
  @FunctionalInterface
  interface Component<R, T> extends Serializable {
    /** The component of {@code record}. */
    T of(R record);
  }

  /**
   * A copy with one component changed.
   *
   * @param component accessor of the component, a method reference
   * @param value its value in the copy
   * @throws IllegalArgumentException if the constructor refuses the value, if {@code component} is
   *     no accessor, or if the value is not of its type
   */
  @SuppressWarnings("unchecked") // the constructor of R makes an R
  default <T> R with(Component<R, T> component, T value) {
    try {
      String name = name(component);
      RecordComponent[] all = getClass().getRecordComponents();
      Class<?>[] types = new Class<?>[all.length];
      Object[] values = new Object[all.length];
      boolean found = false;
      for (int i = 0; i < all.length; i++) {
        boolean changed = all[i].getName().equals(name);
        found |= changed;
        types[i] = all[i].getType();
        values[i] = changed ? value : all[i].getAccessor().invoke(this);
      }
      if (!found) {
        throw new IllegalArgumentException(
            "component must be an accessor of " + getClass().getSimpleName() + " but was " + name);
      }
      return (R) getClass().getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String name(Component<?, ?> component) throws ReflectiveOperationException {
    Method form = component.getClass().getDeclaredMethod("writeReplace");
    form.setAccessible(true);
    return ((SerializedLambda) form.invoke(component)).getImplMethodName();
  }
}
