package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.kernels.cuda.device.Address;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import io.github.cola4j.nn.stored.FloatMatrix;
import io.github.cola4j.nn.stored.Int8Matrix;
import io.github.cola4j.nn.stored.Memory;
import io.github.cola4j.nn.stored.Nf4Matrix;
import io.github.cola4j.nn.stored.NormalFloat;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * The frozen weights that a device has copies of, made at their first product and kept as long as
 * the host's matrix. Copies are as stored; where products round float32 or float16 to bfloat16, the
 * copy is rounded already. All threads share them.
 */
final class DeviceWeights {
  private static final Cleaner CLEANER = Cleaner.create();

  /** Those of every device that is in use. */
  private static final Map<Gpu, DeviceWeights> ALL =
      Collections.synchronizedMap(new WeakHashMap<>());

  /** Elements that are rounded at once. */
  private static final int PIECE = 1 << 24;

  private final Map<StoredMatrix, EnumMap<Precision, DeviceWeight>> weights = new WeakHashMap<>();

  private DeviceWeights() {}

  /** Those of a device. */
  static DeviceWeights of(Gpu gpu) {
    return ALL.computeIfAbsent(gpu, key -> new DeviceWeights());
  }

  /**
   * The copy that products of a precision take, made if there is none yet.
   *
   * @param gpu whose these are
   */
  synchronized DeviceWeight get(Gpu gpu, StoredMatrix w, Precision precision) {
    EnumMap<Precision, DeviceWeight> copies =
        weights.computeIfAbsent(w, key -> new EnumMap<>(Precision.class));
    DeviceWeight copy = copies.get(precision);
    if (copy == null) {
      copy = copy(gpu, w, precision);
      copies.put(precision, copy);
      if (!isRounded(w)) {
        copies.put(other(precision), copy);
      }
    }
    return copy;
  }

  private static Precision other(Precision precision) {
    return precision == Precision.FLOAT32 ? Precision.BFLOAT16 : Precision.FLOAT32;
  }

  /** Whether the copy for products in bfloat16 is another one than that for float32. */
  private static boolean isRounded(StoredMatrix w) {
    return w instanceof FloatMatrix floats && floats.element() != FloatMatrix.Element.BFLOAT16;
  }

  private static DeviceWeight copy(Gpu gpu, StoredMatrix w, Precision precision) {
    Copier copier = new Copier(gpu);
    try {
      DeviceWeight copy;
      if (w instanceof FloatMatrix floats) {
        copy = copier.floats(floats, precision == Precision.BFLOAT16);
      } else if (w instanceof Int8Matrix integers) {
        copy = copier.integers(integers);
      } else if (w instanceof Nf4Matrix codes) {
        copy = copier.codes(codes);
      } else {
        throw new IllegalArgumentException(
            "expected a matrix of floats, int8 or nf4, got "
                + w.getClass().getName()
                + "; compute with -Dcola.kernels=cpu");
      }
      gpu.synchronize(); // other threads' streams may read it from now on
      Runnable free = copier.freeing();
      CLEANER.register(w, free);
      return copy;
    } catch (RuntimeException e) {
      copier.freeing().run();
      throw e;
    }
  }

  /** Makes one copy. */
  private static final class Copier {
    private final Gpu gpu;
    private final List<Long> addresses = new ArrayList<>();

    Copier(Gpu gpu) {
      this.gpu = gpu;
    }

    Runnable freeing() {
      Gpu owner = gpu;
      List<Long> all = List.copyOf(addresses);
      return () -> all.forEach(owner::free);
    }

    private long allocate(long bytes) {
      long address = gpu.allocate(Math.max(1, bytes));
      addresses.add(address);
      return address;
    }

    DeviceWeight floats(FloatMatrix w, boolean round) {
      DeviceWeight.Form stored =
          switch (w.element()) {
            case FLOAT32 -> DeviceWeight.Form.FLOAT32;
            case BFLOAT16 -> DeviceWeight.Form.BFLOAT16;
            case FLOAT16 -> DeviceWeight.Form.FLOAT16;
          };
      DeviceWeight.Form form = round ? DeviceWeight.Form.BFLOAT16 : stored;
      long data = allocate((long) w.out() * w.in() * form.width());
      for (FloatMatrix.Block block : w.blocks()) {
        long at = data + (long) block.first() * w.in() * form.width();
        long count = (long) block.rows() * w.in();
        if (form == stored) {
          gpu.write(at, Address.of(block.pointer(), 0), count * form.width());
        } else {
          round(stored, Address.of(block.pointer(), 0), count, at);
        }
      }
      return new DeviceWeight(form, data, 0, 0, 0);
    }

    private void round(DeviceWeight.Form stored, Pointer host, long count, long target) {
      long some = Math.min(count, PIECE);
      long piece = gpu.allocate(Math.max(1, some * stored.width()));
      try {
        for (long done = 0; done < count; done += some) {
          long now = Math.min(some, count - done);
          gpu.write(piece, Address.of(host, done * stored.width()), now * stored.width());
          long to = target + Short.BYTES * done;
          if (stored == DeviceWeight.Form.FLOAT32) {
            gpu.launch("roundColumns", 1, Grids.of(now), Grids.THREADS, 0, piece, now, 0, to, now);
          } else {
            gpu.launch("roundFloat16", Grids.of(now), 1, Grids.THREADS, 0, piece, to, now);
          }
          gpu.synchronize();
        }
      } finally {
        gpu.free(piece);
      }
    }

    DeviceWeight integers(Int8Matrix w) {
      long data = allocate((long) w.out() * w.in());
      gpu.write(data, Address.of(w.integers().pointer(), 0), (long) w.out() * w.in());
      long scales = allocate((long) w.out() * Float.BYTES);
      gpu.write(scales, Address.of(w.scales().pointer(), 0), (long) w.out() * Float.BYTES);
      return new DeviceWeight(DeviceWeight.Form.INT8, data, scales, 0, 0);
    }

    DeviceWeight codes(Nf4Matrix w) {
      Memory codes = w.codes();
      int bytes = codes.bytes().remaining();
      long data = allocate(bytes);
      gpu.write(data, Address.of(codes.pointer(), 0), bytes);
      float[] absmax = new float[w.scales().blocks()];
      for (int i = 0; i < absmax.length; i++) {
        absmax[i] = w.scales().of(i);
      }
      long scales = floats(absmax);
      return new DeviceWeight(
          DeviceWeight.Form.NF4, data, scales, floats(NormalFloat.values()), w.block());
    }

    private long floats(float[] values) {
      long address = allocate((long) values.length * Float.BYTES);
      try (FloatPointer host = new FloatPointer(values)) {
        gpu.write(address, host, (long) values.length * Float.BYTES);
      }
      return address;
    }
  }
}
