package io.github.cola4j.dl4j;

import io.github.cola4j.adapter.AdapterConfig;
import java.util.ArrayList;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/** Layer configurations made from others; these are copies that may be changed. */
final class DenseLayers {
  private DenseLayers() {}

  /** The dense layer that this is, frozen or not; null if it is another. */
  static DenseLayer of(Layer layer) {
    return unwrapped(layer) instanceof DenseLayer dense ? dense : null;
  }

  /** The layer that a frozen layer holds. */
  static Layer unwrapped(Layer layer) {
    if (layer instanceof FrozenLayer frozen) {
      return unwrapped(frozen.getLayer());
    }
    return layer instanceof FrozenLayerWithBackprop frozen
        ? unwrapped(frozen.getUnderlying())
        : layer;
  }

  /** A dense layer's adapted one. Its regularisation and constraints were for its weights. */
  static ColaDenseLayer adapted(
      String name, DenseLayer dense, AdapterConfig adapter, IUpdater updater, IUpdater updaterB) {
    if (dense.hasLayerNorm() || dense.getWeightNoise() != null) {
      throw new IllegalArgumentException(
          "layer '"
              + name
              + "' has layer normalisation or weight noise, which an adapted layer does not know;"
              + " name other layers in the adapter's targets");
    }
    ColaDenseLayer layer =
        new ColaDenseLayer.Builder()
            .nIn(dense.getNIn())
            .nOut(dense.getNOut())
            .hasBias(dense.hasBias())
            .adapter(adapter)
            .updater(copy(updater == null ? dense.getIUpdater() : updater))
            .updaterB(copy(updaterB))
            .activation(dense.getActivationFn())
            .weightInit(dense.getWeightInitFn())
            .biasInit(dense.getBiasInit())
            .gradientNormalization(dense.getGradientNormalization())
            .gradientNormalizationThreshold(dense.getGradientNormalizationThreshold())
            .build();
    layer.setIDropout(dense.getIDropout() == null ? null : dense.getIDropout().clone());
    layer.setTimeDistributedFormat(dense.getTimeDistributedFormat());
    return layer;
  }

  /**
   * An output layer of the same inputs that tells so many classes apart by the cross-entropy of
   * their softmax.
   */
  static OutputLayer classifying(String name, Layer output, int classes) {
    OutputLayer layer = output(name, output);
    layer.setNOut(classes);
    layer.setHasBias(true);
    layer.setActivationFn(new ActivationSoftmax());
    layer.setLossFn(new LossMCXENT());
    return layer;
  }

  /** The output layer that this is, frozen or not. */
  static OutputLayer output(String name, Layer layer) {
    if (unwrapped(layer) instanceof OutputLayer output) {
      return output;
    }
    throw new IllegalArgumentException(
        "layer '"
            + name
            + "': expected an OutputLayer, in whose place each task's own is put, got a "
            + unwrapped(layer).getClass().getSimpleName());
  }

  /** A layer that is trained, also if it was frozen. */
  static Layer trained(Layer layer, IUpdater updater) {
    Layer inner = unwrapped(layer);
    if (updater != null && inner instanceof BaseLayer base) {
      base.setIUpdater(copy(updater));
      base.setBiasUpdater(null);
    }
    return inner;
  }

  /**
   * A layer that is not trained; one without parameters stays as it is. Deeplearning4j leaves the
   * updater, the regularisation and, in the backward, the dropout of a frozen layer in force where
   * it passes on gradients.
   *
   * @param below whether no gradient is needed below it
   */
  static Layer frozen(Layer layer, boolean below) {
    Layer inner = unwrapped(layer);
    if (inner.initializer().numParams(inner) == 0) {
      return inner;
    }
    if (inner instanceof ColaDenseLayer adapted) {
      adapted.setUpdaterB(null);
    }
    if (inner instanceof BaseLayer base) {
      base.setIUpdater(new NoOp());
      base.setBiasUpdater(null);
      base.setRegularization(new ArrayList<>());
      base.setRegularizationBias(new ArrayList<>());
      base.setWeightNoise(null);
    }
    inner.setIDropout(null);
    inner.setConstraints(null);
    return below ? new FrozenLayer(inner) : new FrozenLayerWithBackprop(inner);
  }

  /**
   * Frozen by the learning rate 0, since a graph does not see the score of an output layer's
   * wrapper.
   */
  static Layer scoring(Layer output) {
    if (output instanceof FrozenLayerWithBackprop frozen
        && frozen.getUnderlying() instanceof BaseLayer base) {
      base.setIUpdater(new Sgd(0));
      return base;
    }
    return output;
  }

  private static IUpdater copy(IUpdater updater) {
    return updater == null ? null : updater.clone();
  }
}
