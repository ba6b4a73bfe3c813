package io.github.cola4j.model.bert;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.TransformerConfig;

/** DeBERTa of versions 2 and 3: encoders with disentangled attention, for classification. */
public final class DebertaArchitecture implements BertVariant {

  @Override
  public BertFamily family() {
    return BertFamily.DEBERTA;
  }

  @Override
  public TransformerConfig config(ConfigKeys keys) {
    return BertConfig.deberta(keys);
  }
}
