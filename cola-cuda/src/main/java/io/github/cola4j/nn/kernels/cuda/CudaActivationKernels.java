package io.github.cola4j.nn.kernels.cuda;

import static io.github.cola4j.nn.kernels.cuda.CudaStorage.address;
import static io.github.cola4j.nn.kernels.cuda.Elements.bits;

import io.github.cola4j.nn.ActivationKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import java.util.function.DoubleSupplier;

/** Activations, softmax and cross-entropy by {@code activation.cu}. */
final class CudaActivationKernels implements ActivationKernels {
  private final Gpu gpu;
  private final Staging staging;
  private final DeferredLosses losses;

  CudaActivationKernels(Gpu gpu, Staging staging) {
    this.gpu = gpu;
    this.staging = staging;
    this.losses = new DeferredLosses(gpu);
  }

  @Override
  public void gelu(Matrix x, Matrix y) {
    forward("gelu", x, y);
  }

  @Override
  public void geluBackward(Matrix x, Matrix dY, Matrix dX) {
    backward("geluBackward", x, dY, dX);
  }

  @Override
  public void geluTanh(Matrix x, Matrix y) {
    forward("geluTanh", x, y);
  }

  @Override
  public void geluTanhBackward(Matrix x, Matrix dY, Matrix dX) {
    backward("geluTanhBackward", x, dY, dX);
  }

  @Override
  public void cap(double c, Matrix x, Matrix y) {
    Elements all = Elements.all(x, y);
    all.launch(gpu, "cap", address(x), x.stride(), address(y), y.stride(), all.rows(), bits(c));
  }

  @Override
  public void capBackward(double c, Matrix y, Matrix dY, Matrix dX) {
    Elements all = Elements.all(y, dY, dX);
    all.launch(
        gpu,
        "capBackward",
        address(y),
        y.stride(),
        address(dY),
        dY.stride(),
        address(dX),
        dX.stride(),
        all.rows(),
        bits(c));
  }

  private void forward(String kernel, Matrix x, Matrix y) {
    Elements all = Elements.all(x, y);
    all.launch(gpu, kernel, address(x), x.stride(), address(y), y.stride(), all.rows());
  }

  private void backward(String kernel, Matrix x, Matrix dY, Matrix dX) {
    Elements all = Elements.all(x, dY, dX);
    all.launch(
        gpu,
        kernel,
        address(x),
        x.stride(),
        address(dY),
        dY.stride(),
        address(dX),
        dX.stride(),
        all.rows());
  }

  @Override
  public void swiGlu(Matrix gate, Matrix up, Matrix y) {
    Elements all = Elements.all(gate, up, y);
    all.launch(
        gpu,
        "swiGlu",
        address(gate),
        gate.stride(),
        address(up),
        up.stride(),
        address(y),
        y.stride(),
        all.rows());
  }

  @Override
  public void swiGluBackward(Matrix gate, Matrix up, Matrix dY, Matrix dGate, Matrix dUp) {
    Elements all = Elements.all(gate, up, dY, dGate, dUp);
    all.launch(
        gpu,
        "swiGluBackward",
        address(gate),
        gate.stride(),
        address(up),
        up.stride(),
        address(dY),
        dY.stride(),
        address(dGate),
        dGate.stride(),
        address(dUp),
        dUp.stride(),
        all.rows());
  }

  @Override
  public void softmax(Matrix x, Matrix y) {
    Elements.columns(x, y)
        .launchColumns(gpu, "softmax", address(x), x.stride(), address(y), y.stride(), x.rows());
  }

  @Override
  public void softmaxBackward(Matrix y, Matrix dY, Matrix dX) {
    Elements.columns(y, dY, dX)
        .launchColumns(
            gpu,
            "softmaxBackward",
            address(y),
            y.stride(),
            address(dY),
            dY.stride(),
            address(dX),
            dX.stride(),
            y.rows());
  }

  @Override
  public double crossEntropy(Matrix logits, int[] labels, double scale, Matrix dLogits) {
    return deferredCrossEntropy(logits, labels, scale, dLogits).getAsDouble();
  }

  @Override
  public DoubleSupplier deferredCrossEntropy(
      Matrix logits, int[] labels, double scale, Matrix dLogits) {
    Elements columns = Elements.columns(logits, dLogits);
    if (labels.length != logits.columns()) {
      throw new IllegalArgumentException(
          "expected a label for each column of " + logits + ", got " + labels.length);
    }
    for (int label : labels) {
      if (label < 0 || label >= logits.rows()) {
        throw new IndexOutOfBoundsException("expected a row of " + logits + ", got " + label);
      }
    }
    if (labels.length == 0) {
      return () -> 0;
    }
    return losses.add(
        labels.length,
        address ->
            columns.launchColumns(
                gpu,
                "crossEntropy",
                address(logits),
                logits.stride(),
                staging.upload(labels),
                bits(scale),
                address(dLogits),
                dLogits.stride(),
                address,
                logits.rows()));
  }
}
