import Metrics
import Testing

@Suite struct MetricsTextTests {
    private func text(_ families: MetricFamily...) -> String { MetricsText.render(families) }

    @Test func `a number has its help and type before it`() {
        #expect(
            text(.counter("apples_total", "Apples eaten.", 3), .gauge("basket_bytes", "Size.", 1.5))
                == """
                # HELP apples_total Apples eaten.
                # TYPE apples_total counter
                apples_total 3
                # HELP basket_bytes Size.
                # TYPE basket_bytes gauge
                basket_bytes 1.5

                """)
    }

    @Test func `buckets are cumulative and end with all values`() {
        var values = HistogramValues(bounds: [0.5, 1, 2.5])
        for value in [0.25, 0.5, 0.75, 2.5, 4] { values.record(value) }
        #expect(
            text(MetricFamily(.histogram, "wait_seconds", "Wait.", [MetricSample(values, ["queue": "a"])]))
                == """
                # HELP wait_seconds Wait.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{queue="a",le="0.5"} 2
                wait_seconds_bucket{queue="a",le="1"} 3
                wait_seconds_bucket{queue="a",le="2.5"} 4
                wait_seconds_bucket{queue="a",le="+Inf"} 5
                wait_seconds_sum{queue="a"} 8
                wait_seconds_count{queue="a"} 5

                """)
    }

    @Test func `what has a meaning in the format is escaped`() {
        let family = MetricFamily(
            .gauge, "odd", "A \"help\" with \\ and\na line break.", [MetricSample(1, ["name": "a\"b\\c\nd\u{301}é"])])
        #expect(
            text(family) == """
                # HELP odd A "help" with \\\\ and\\na line break.
                # TYPE odd gauge
                odd{name="a\\"b\\\\c\\nd\u{301}é"} 1

                """)
    }

    @Test func `samples are sorted, and a family is written once however many sources it has`() {
        let first = MetricFamily(.counter, "eaten_total", "Eaten.", [MetricSample(1, ["fruit": "pear"])])
        let second = MetricFamily(.counter, "eaten_total", "Eaten.", [MetricSample(2, ["fruit": "apple"])])
        #expect(
            text(first, .gauge("left", "Left.", 0), second) == """
                # HELP eaten_total Eaten.
                # TYPE eaten_total counter
                eaten_total{fruit="apple"} 2
                eaten_total{fruit="pear"} 1
                # HELP left Left.
                # TYPE left gauge
                left 0

                """)
    }

    @Test func `a family without samples is left out`() {
        #expect(text(.gauge("absent", "Not known.", nil)) == "")
        #expect(text() == "")
    }

    @Test(
        arguments: [
            (0, "0"), (-1, "-1"), (1e15, "1000000000000000"), (0.1, "0.1"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
            (.nan, "NaN"),
        ] as [(Double, String)])
    func `numbers are written as the format has them`(value: Double, written: String) {
        #expect(text(.gauge("x", "X.", value)).hasSuffix("x \(written)\n"))
    }

    @Test func `a registry asks its sources in order, anew at each scrape`() async {
        let counter = Counter()
        let registry = MetricsRegistry()
        registry.add { [.counter("b_total", "B.", counter)] }
        registry.add { [.gauge("a", "A.", 2)] }
        #expect(await registry.text().contains("\nb_total 0\n"))
        counter.increment()
        let text = await registry.text()
        #expect(text.contains("\nb_total 1\n"))
        #expect(text.hasSuffix("# TYPE a gauge\na 2\n"))
    }
}
