package io.github.cola4j.model.bert;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.TransformerConfig;

/** MPNet: encoders for classification. */
public final class MPNetArchitecture implements BertVariant {

  @Override
  public BertFamily family() {
    return BertFamily.MPNET;
  }

  @Override
  public TransformerConfig config(ConfigKeys keys) {
    return BertConfig.mpnet(keys);
  }
}
