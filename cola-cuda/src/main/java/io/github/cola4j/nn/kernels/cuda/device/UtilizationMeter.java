package io.github.cola4j.nn.kernels.cuda.device;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How busy a device is, by NVML. A machine without it, or a device that has no such number (as
 * parts of a card by MIG), is no error: the reason is logged once.
 */
final class UtilizationMeter {
  private static final Logger LOG = LoggerFactory.getLogger(UtilizationMeter.class);
  private static final int SUCCESS = 0;

  private final String busId;
  private Pointer device; // NVML's; null before the first call, and where it has none
  private boolean isOpen;

  /** NVML, started when it is first asked for, once a JVM. */
  private static final class Nvml {
    private static final NativeLibrary LIBRARY = start();

    private static NativeLibrary start() {
      try {
        NativeLibrary library = NativeLibrary.getInstance("libnvidia-ml.so.1");
        int error = library.getFunction("nvmlInit_v2").invokeInt(new Object[0]);
        if (error == SUCCESS) {
          return library;
        }
        unknown("NVML does not start, error " + error);
      } catch (LinkageError e) {
        unknown("there is no libnvidia-ml.so.1, which is part of NVIDIA's driver");
      }
      return null;
    }
  }

  /** Of the device with a PCI bus id, by which NVML finds it whatever devices CUDA shows. */
  UtilizationMeter(String busId) {
    this.busId = busId;
  }

  private static void unknown(String reason) {
    LOG.info("the GPU's utilisation is unknown: {}", reason);
  }

  /** Share of the last second or less in which a kernel ran; null if it is unknown. */
  synchronized Double busy() {
    if (!isOpen) {
      isOpen = true;
      device = open();
    }
    if (device == null) {
      return null;
    }
    int[] percent = new int[2]; // of the device, of its memory
    if (call("nvmlDeviceGetUtilizationRates", device, percent)) {
      return percent[0] / 100.0;
    }
    device = null;
    return null;
  }

  private Pointer open() {
    PointerByReference found = new PointerByReference();
    boolean isThere =
        Nvml.LIBRARY != null && call("nvmlDeviceGetHandleByPciBusId_v2", busId, found);
    return isThere ? found.getValue() : null;
  }

  private boolean call(String function, Object... arguments) {
    try {
      int error = Nvml.LIBRARY.getFunction(function).invokeInt(arguments);
      if (error != SUCCESS) {
        unknown(function + " of " + busId + " failed, error " + error);
      }
      return error == SUCCESS;
    } catch (LinkageError e) {
      unknown(function + " is missing in libnvidia-ml.so.1");
      return false;
    }
  }
}
