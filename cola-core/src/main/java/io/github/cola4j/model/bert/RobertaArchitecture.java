package io.github.cola4j.model.bert;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.TransformerConfig;

/** RoBERTa, XLM-RoBERTa and CamemBERT: encoders for classification. */
public final class RobertaArchitecture implements BertVariant {

  @Override
  public BertFamily family() {
    return BertFamily.ROBERTA;
  }

  @Override
  public TransformerConfig config(ConfigKeys keys) {
    return BertConfig.roberta(keys);
  }
}
