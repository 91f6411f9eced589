// The rule builder: an Alpine component over the tree of tree.js. The text area with the JSON is what the form sends; the
// builder reads it once, and writes it after each change. Its members are in rows.js, changes.js, typing.js and
// answers.js; here is how it begins, and how tree and text keep in step.
"use strict";

document.addEventListener("alpine:init", () => {
  const tree = window.plunkTree, words = window.plunkWords, { fill } = words, exact = window.plunkExact;
  const texts = (element) => JSON.parse(element.dataset.words);

  window.Alpine.data("ruleBuilder", () => ({
    ...window.plunkRows, ...window.plunkChanges, ...window.plunkTyping, ...window.plunkAnswers,

    isReady: false, hasFailed: false, rows: [], problems: {}, otherProblems: [], jsonProblem: "",
    isCounting: false, isDim: true, isTold: false, sentence: "", status: "", count: "–", noun: "", reachable: "–", sample: [], enter: "", leave: "", isStill: false,

    async init() {
      this.host = this.$root;
      const { dataset } = this.host;
      this.words = texts(this.host);
      this.noun = this.words.manyContacts;
      this.isEditing = "editing" in dataset;
      this.wasRefused = "refused" in dataset;
      this.number = new Intl.NumberFormat(document.documentElement.lang || undefined);
      this.area = document.getElementById(dataset.area);
      this.area.closest("details").open = false;
      this.area.addEventListener("input", () => this.typed());
      this.ask = window.plunkAsker({ sentenceUrl: dataset.sentenceUrl, countUrl: dataset.countUrl });
      const response = await fetch(dataset.vocabularyUrl, { credentials: "same-origin" }).catch(() => null);
      if (!response || !response.ok || response.redirected) { this.hasFailed = true; this.area.closest("details").open = true; return; }
      this.vocabulary = words.read(await response.json());
      const isNew = !this.area.value.trim();
      if (!this.load(this.area.value)) this.start(tree.group("AND", [tree.filter()]));
      this.isReady = true;
      window.addEventListener("online", () => this.askAgain());
      if (isNew) this.changed(); // its one row is what is still empty, not the rule
      else this.askAgain();
    },

    start(root) {
      this.root = root;
      tree.filters(root).forEach((each) => this.dress(each));
      this.draw();
    },

    // Reads JSON text into the tree; false if it has not the shape of a rule, or is too large for one: rows of what cannot
    // be saved would only take their time.
    load(text) {
      let found = null;
      try { found = tree.fromJson(exact.parse(text)); } catch { return false; }
      if (!found || tree.filters(found).length > this.vocabulary.limits.filters) return false;
      this.start(found);
      return true;
    },

    draw() { this.rows = tree.rowsOf(this.root); },

    get units() { return this.vocabulary ? this.vocabulary.units : []; },
    get comparisons() { return this.vocabulary ? this.vocabulary.comparisons : []; },
    get isFull() { return this.vocabulary && this.root ? tree.filters(this.root).length >= this.vocabulary.limits.filters : false; },

    changed() {
      const { condition, places } = tree.toJson(this.root);
      this.places = places;
      this.jsonProblem = "";
      this.area.value = JSON.stringify(condition, null, 2);
      this.askAgain();
    },

    // Somebody writes or pastes JSON: rows follow as soon as it has the shape of a rule.
    typed() {
      let problem = "";
      try { exact.parse(this.area.value); } catch (fault) { problem = fault.message; }
      this.jsonProblem = problem && this.area.value.trim() ? fill(this.words.noJson, { problem }) : "";
      if (this.load(this.area.value)) this.wasRefused = true;
      this.askAgain();
    },

    askAgain() {
      if (this.root) this.places = tree.toJson(this.root).places;
      this.isCounting = true;
      this.isDim = true;
      this.isTold = false;
      this.status = this.words.counting;
      this.ask(this.area.value, { told: (said) => this.told(said), counted: (found) => this.counted(found), failed: (why) => this.failed(why) });
    },

    copyJson(event) {
      const button = event.currentTarget.querySelector("span"), before = button.textContent;
      const done = () => { button.textContent = this.words.copied; setTimeout(() => { button.textContent = before; }, 1500); };
      if (!navigator.clipboard) { this.area.select(); return; }
      navigator.clipboard.writeText(this.area.value).then(done, () => this.area.select());
    },
  }));
});
