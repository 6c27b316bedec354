//! A chart as SVG: panels of lines over days, one under the other, with one legend. Drawn by
//! hand, since a handful of lines needs no library; text is left to whoever shows it. Must not
//! know what the lines mean.

use std::fmt::Write;

/// Colours that people with any colour vision tell apart (Okabe and Ito, 2008), each with a
/// dash pattern of its own, for print.
const STROKES: [(&str, &str); 8] = [
    ("#000000", ""),
    ("#0072B2", "7 3"),
    ("#D55E00", ""),
    ("#009E73", "2 3"),
    ("#CC79A7", "9 3 2 3"),
    ("#E69F00", ""),
    ("#56B4E9", "5 2"),
    ("#999999", "3 2"),
];
const WIDTH: f64 = 960.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 104.0;
const PANEL: f64 = 210.0;
const GAP: f64 = 72.0;
const BOTTOM: f64 = 52.0;
/// About how wide a letter of the legend is, in pixels.
const LETTER: f64 = 7.2;

/// A chart.
#[derive(Debug, Clone)]
pub struct Chart {
    /// What it is called.
    pub title: String,
    /// What stands under the title.
    pub subtitle: String,
    /// The names of the lines, the same in each panel.
    pub names: Vec<String>,
    /// The days, as they are written below.
    pub days: Vec<String>,
    /// The panels, from above.
    pub panels: Vec<Panel>,
}

/// One panel.
#[derive(Debug, Clone)]
pub struct Panel {
    /// What its upright axis counts, with the unit.
    pub title: String,
    /// A line a name, a value a day; none: there is nothing to draw that day.
    pub lines: Vec<Vec<Option<f64>>>,
}

impl Chart {
    /// As SVG.
    pub fn svg(&self) -> String {
        let panels = number(self.panels.len());
        let height = TOP + panels * PANEL + (panels - 1.0).max(0.0) * GAP + BOTTOM;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
             font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n\
             <title>{title}</title>\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
             <text x=\"{LEFT}\" y=\"24\" font-size=\"16\" font-weight=\"bold\">{title}</text>\n\
             <text x=\"{LEFT}\" y=\"43\" fill=\"#444444\">{subtitle}</text>\n",
            title = escaped(&self.title),
            subtitle = escaped(&self.subtitle),
        );
        self.legend(&mut svg);
        let mut top = TOP;
        for panel in &self.panels {
            self.panel(&mut svg, panel, top);
            top += PANEL + GAP;
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn legend(&self, svg: &mut String) {
        let mut x = LEFT;
        for (name, (colour, dash)) in self.names.iter().zip(STROKES.iter().cycle()) {
            let end = x + 28.0;
            let text = end + 6.0;
            put(
                svg,
                format_args!(
                    "<line x1=\"{x:.1}\" y1=\"60\" x2=\"{end:.1}\" y2=\"60\" stroke=\"{colour}\" \
                     stroke-width=\"2.5\" stroke-dasharray=\"{dash}\"/>\n\
                     <text x=\"{text:.1}\" y=\"64\">{}</text>\n",
                    escaped(name)
                ),
            );
            x = text + number(name.chars().count()) * LETTER + 20.0;
        }
    }

    fn panel(&self, svg: &mut String, panel: &Panel, top: f64) {
        let bottom = top + PANEL;
        let right = WIDTH - RIGHT;
        let values = || panel.lines.iter().flatten().flatten().copied();
        let (least, most) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
        let step = tick(most - least);
        let floor = (least / step).floor() * step;
        let ceiling = ((most / step).ceil() * step).max(floor + step);
        let y = |value: f64| bottom - (value - floor) / (ceiling - floor) * PANEL;
        put(
            svg,
            format_args!(
                "<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"bold\">{}</text>\n",
                top - 10.0,
                escaped(&panel.title)
            ),
        );
        let mut value = floor;
        while value <= ceiling + step / 2.0 {
            let at = y(value);
            put(
                svg,
                format_args!(
                    "<line x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{right}\" y2=\"{at:.1}\" \
                     stroke=\"#dddddd\"/>\n<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" \
                     fill=\"#444444\">{}</text>\n",
                    LEFT - 8.0,
                    at + 4.0,
                    figure(value)
                ),
            );
            value += step;
        }
        self.days(svg, bottom);
        for (line, (colour, dash)) in panel.lines.iter().zip(STROKES.iter().cycle()) {
            let mut path = String::new();
            let mut pen = 'M';
            for (index, value) in line.iter().enumerate() {
                let Some(value) = value else {
                    pen = 'M';
                    continue;
                };
                put(
                    &mut path,
                    format_args!("{pen}{:.1} {:.1} ", self.x(index), y(*value)),
                );
                pen = 'L';
            }
            put(
                svg,
                format_args!(
                    "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" \
                     stroke-linejoin=\"round\" stroke-dasharray=\"{dash}\"/>\n",
                    path.trim_end()
                ),
            );
        }
    }

    /// The days below a panel, so many that they do not touch.
    fn days(&self, svg: &mut String, bottom: f64) {
        let every = self.days.len().div_ceil(10).max(1);
        for (index, day) in self.days.iter().enumerate().step_by(every) {
            let x = self.x(index);
            put(
                svg,
                format_args!(
                    "<line x1=\"{x:.1}\" y1=\"{bottom}\" x2=\"{x:.1}\" y2=\"{:.1}\" \
                     stroke=\"#444444\"/>\n<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" \
                     fill=\"#444444\">{}</text>\n",
                    bottom + 5.0,
                    bottom + 19.0,
                    escaped(day)
                ),
            );
        }
        put(
            svg,
            format_args!(
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#444444\">day \
                 (UTC)</text>\n",
                WIDTH - RIGHT,
                bottom + 36.0
            ),
        );
    }

    fn x(&self, index: usize) -> f64 {
        let last = number(self.days.len().saturating_sub(1)).max(1.0);
        LEFT + number(index) / last * (WIDTH - LEFT - RIGHT)
    }
}

/// Writing to a string cannot fail.
fn put(svg: &mut String, text: std::fmt::Arguments<'_>) {
    let _never = svg.write_fmt(text);
}

fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// A round step that cuts the range in about five.
fn tick(most: f64) -> f64 {
    let rough = (most / 5.0).max(1e-6);
    let base = 10.0_f64.powf(rough.log10().floor());
    let round = [1.0, 2.0, 2.5, 5.0, 10.0];
    let fits = round.into_iter().find(|step| step * base >= rough);
    fits.unwrap_or(10.0) * base
}

/// As short as it is exact enough: `12,500`, `2.5`.
fn figure(value: f64) -> String {
    if (value - value.round()).abs() > 1e-9 {
        return format!("{value:.1}");
    }
    let sign = if value.round() < 0.0 { "-" } else { "" };
    let digits = format!("{:.0}", value.abs());
    let mut text = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len().saturating_sub(index)).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_figures_short() {
        assert!((tick(4_870.0) - 1_000.0).abs() < 1e-9);
        assert!((tick(11.0) - 2.5).abs() < 1e-9);
        assert_eq!(figure(12_500.0), "12,500");
        assert_eq!(
            (figure(2.5), figure(-1_000.0)),
            ("2.5".into(), "-1,000".into())
        );
        assert_eq!(figure(0.0), "0");
    }

    #[test]
    fn a_chart_names_its_lines_its_axes_and_breaks_where_there_is_nothing() {
        let chart = Chart {
            title: "R&D".into(),
            subtitle: "one shop".into(),
            names: vec!["a".into(), "b".into()],
            days: vec![
                "2010-12-01".into(),
                "2010-12-02".into(),
                "2010-12-03".into(),
            ],
            panels: vec![Panel {
                title: "open (lines)".into(),
                lines: vec![
                    vec![Some(1.0), None, Some(3.0)],
                    vec![Some(1.0), Some(2.0), Some(2.0)],
                ],
            }],
        };
        let svg = chart.svg();
        assert!(svg.contains("R&amp;D") && svg.contains("open (lines)"));
        assert!(svg.contains("2010-12-03") && svg.contains("day (UTC)"));
        assert_eq!(svg.matches("<path").count(), 2);
        assert_eq!(svg.matches('M').count(), 3);
    }
}
