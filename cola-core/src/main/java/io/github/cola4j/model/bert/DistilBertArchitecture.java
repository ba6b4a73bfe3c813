package io.github.cola4j.model.bert;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.TransformerConfig;

/** DistilBERT: encoders for classification. */
public final class DistilBertArchitecture implements BertVariant {

  @Override
  public BertFamily family() {
    return BertFamily.DISTILBERT;
  }

  @Override
  public TransformerConfig config(ConfigKeys keys) {
    return BertConfig.distilbert(keys);
  }
}
