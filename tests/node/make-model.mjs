// Small models for the tests.

export * from "../../bench/page/random-model.mjs";
