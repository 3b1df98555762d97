using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;
using PuppeteerSharp;

namespace Hearth.EndToEnd.Tests.Worker.Observability;

/// <summary>The status page in Chromium, with containers that run.</summary>
public sealed class StatusPageTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    /// <summary>Where to leave pictures for people; none if it is not set.</summary>
    private const string PicturesVariable = "HEARTH_PICTURES";

    /// <summary>The texts whose contrast to what is behind them is less than that of the accessibility guidelines (WCAG 2.1, 1.4.3): 4.5, or 3 for large ones.</summary>
    private const string PaleText = """
        () => {
          const parse = text => (text.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
          const luminance = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
          const behind = element => { for (let at = element; at; at = at.parentElement) { const color = parse(getComputedStyle(at).backgroundColor); if (color.length < 4 || color[3] === 1) return color; } return [255, 255, 255]; };
          const found = [];
          for (const element of document.querySelectorAll("body *")) {
            const own = [...element.childNodes].filter(node => node.nodeType === 3 && node.textContent.trim()).length > 0;
            const style = getComputedStyle(element);
            if (!own || element.disabled || element.getClientRects().length === 0 || style.visibility === "hidden") continue;
            const [a, b] = [luminance(parse(style.color)), luminance(behind(element))];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
            if (ratio < (isLarge ? 3 : 4.5)) found.push(`${element.tagName}.${element.className} '${element.textContent.trim().slice(0, 30)}' ${ratio.toFixed(2)}`);
          }
          return JSON.stringify(found);
        }
        """;

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public async Task It_shows_what_runs_follows_what_happens_and_has_a_terminal()
    {
        using Daemon daemon = RemoteDaemon.Start(sandbox);
        daemon.Docker("pull", "-q", $"{images.Host}/base:one");
        Assert.Equal(3, daemon.RunDocker("", "run", "--name", "first", $"{images.Host}/base:one", "sh", "-c", "echo said; echo wrong >&2; exit 3").ExitCode);
        Assert.Equal(127, daemon.RunDocker("", "run", "--name", "broken", $"{images.Host}/base:one", "nothing-here").ExitCode);
        daemon.Docker("run", "-d", "--name", "box", "-l", "<b>tier</b>=front", $"{images.Host}/base:one", "sh", "-c", "echo hello from box; sleep 1000");
        await using Browser browser = await Browser.StartAsync(sandbox);
        IPage page = browser.Page;
        await page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 860 });

        await page.GoToAsync($"http://{RemoteDaemon.HostOf(daemon)}/ui");
        await browser.UseTokenAsync();
        await browser.SeeAsync("Start time");
        await browser.SeeAsync("box");
        await TakePicturesAsync(page, "overview");

        await browser.PressAsync("link", "Containers");
        await browser.SeeAsync("Exited (3)");
        await browser.SeeAsync("not started");
        await TakePicturesAsync(page, "containers");
        await browser.PressAsync("link", "box");
        await browser.SeeAsync("<b>tier</b>=front");
        await TakePicturesAsync(page, "container");
        await browser.PressAsync("tab", "Start");
        await browser.SeeAsync("kernel");
        await TakePicturesAsync(page, "start");
        await browser.PressAsync("tab", "Logs");
        await browser.SeeAsync("hello from box");
        await TakePicturesAsync(page, "logs");
        await browser.PressAsync("tab", "Network");
        await browser.SeeAsync("Denied connections");
        await TakePicturesAsync(page, "network");

        await UseTerminalAsync(browser);

        // Nobody presses anything here: the page follows the events.
        await browser.PressAsync("link", "Overview");
        await browser.SeeAsync("Newest starts");
        daemon.Docker("run", "--rm", "--name", "late", $"{images.Host}/base:one", "true");
        await browser.SeeAsync("late");
        await browser.PressAsync("link", "Events");
        await browser.SeeAsync("destroy");
        await TakePicturesAsync(page, "events");
        await browser.PressAsync("link", "Images");
        await browser.SeeAsync("base:one");
        await TakePicturesAsync(page, "images");
        await browser.PressAsync("link", "Networks");
        await browser.SeeAsync("Denied connections");
        await TakePicturesAsync(page, "networks");

        await LookAtFailureAsync(browser);
        await browser.PressAsync("link", "Containers");
        await browser.PressAsync("link", "box");
        await browser.PressAsync("button", "Pause");
        await browser.SeeAsync("paused");
        Assert.Equal("paused", daemon.Docker("inspect", "-f", "{{.State.Status}}", "box"));
        await browser.PressAsync("button", "Resume");
        await browser.PressAsync("button", "Kill");
        await browser.SeeAsync("exited (137)");
        Assert.Empty(browser.Complaints);
        daemon.Docker("rm", "box", "first", "broken");
    }

    [Fact]
    public async Task It_fits_a_phone_and_can_be_used_by_keyboard_alone_and_its_controls_have_names()
    {
        using Daemon daemon = RemoteDaemon.Start(sandbox);
        daemon.Docker("pull", "-q", $"{images.Host}/base:one");
        daemon.Docker("create", "--name", "a-container-with-quite-a-long-name", $"{images.Host}/base:one", "sh", "-c", "echo this is a long command line that does not fit on a phone");
        await using Browser browser = await Browser.StartAsync(sandbox);
        IPage page = browser.Page;
        await page.SetViewportAsync(new ViewPortOptions { Width = 360, Height = 740, IsMobile = true, HasTouch = true });
        await page.GoToAsync($"http://{RemoteDaemon.HostOf(daemon)}/ui/");
        await browser.UseTokenAsync();
        foreach (string place in (string[])["", "containers", "starts", "images", "networks", "events"])
        {
            await page.GoToAsync($"http://{RemoteDaemon.HostOf(daemon)}/ui/#/{place}");
            await page.ReloadAsync();
            await page.WaitForSelectorAsync("main h1");
            Assert.True(await page.EvaluateExpressionAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"'{place}' is wider than a phone");
            Assert.Equal("[]", await page.EvaluateExpressionAsync<string>("JSON.stringify([...document.querySelectorAll('button,a,input')].filter(each => !(each.innerText || each.getAttribute('aria-label') || each.labels?.length)).map(each => each.outerHTML))"));
        }

        await page.SetViewportAsync(new ViewPortOptions { Width = 1000, Height = 700 });
        await page.GoToAsync($"http://{RemoteDaemon.HostOf(daemon)}/ui/#/containers");
        await page.ReloadAsync();
        await browser.SeeAsync("a-container-with-quite-a-long-name");
        await page.FocusAsync("main td a");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("[role=tab][aria-selected=true]");
        await page.FocusAsync("[role=tab][aria-selected=true]");
        await page.Keyboard.PressAsync("ArrowRight");
        await page.Keyboard.PressAsync("Enter");
        await browser.SeeAsync("no start of a container");
        Assert.Empty(browser.Complaints);
        daemon.Docker("rm", "a-container-with-quite-a-long-name");
    }

    [Fact]
    public async Task It_is_readable_light_and_dark_on_a_desk_and_a_phone()
    {
        using Daemon daemon = RemoteDaemon.Start(sandbox);
        daemon.Docker("pull", "-q", $"{images.Host}/base:one");
        Assert.Equal(3, daemon.RunDocker("", "run", "--name", "failed", $"{images.Host}/base:one", "sh", "-c", "echo wrong >&2; exit 3").ExitCode);
        string id = daemon.Docker("run", "-d", "--name", "box", $"{images.Host}/base:one", "sh", "-c", "echo said; sleep 1000");
        await using Browser browser = await Browser.StartAsync(sandbox);
        IPage page = browser.Page;
        await page.GoToAsync($"http://{RemoteDaemon.HostOf(daemon)}/ui/");
        await browser.UseTokenAsync();
        foreach (string scheme in (string[])["light", "dark"])
        {
            await page.EmulateMediaFeaturesAsync([new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme }]);
            foreach (int width in (int[])[360, 1280])
            {
                await page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 800, IsMobile = width < 500, HasTouch = width < 500 });
                foreach (string place in (string[])["", "containers", $"containers/{id}", $"containers/{id}/start", $"containers/{id}/logs", $"containers/{id}/terminal", $"containers/{id}/network", "starts", "images", "networks", "events"])
                {
                    await page.GoToAsync($"http://{RemoteDaemon.HostOf(daemon)}/ui/#/{place}");
                    await page.ReloadAsync();
                    await page.WaitForSelectorAsync("main h1");
                    string where = $"'{place}', {scheme}, {width} wide";
                    Assert.True(await page.EvaluateExpressionAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{where} is wider than its window");
                    Assert.Equal((where, "[]"), (where, await page.EvaluateFunctionAsync<string>(PaleText)));
                    await TakePictureAsync(page, $"{(place.Length == 0 ? "start" : place.Replace(id, "box", StringComparison.Ordinal).Replace('/', '-'))}-{scheme}-{width}");
                }
            }
        }

        Assert.Empty(browser.Complaints);
        daemon.Docker("rm", "-f", "box", "failed");
    }

    /// <summary>Every step is a key, and what has the focus has an outline.</summary>
    [Fact]
    public async Task A_keyboard_reaches_everything_and_keeps_its_place_when_the_page_changes()
    {
        using Daemon daemon = RemoteDaemon.Start(sandbox);
        daemon.Docker("pull", "-q", $"{images.Host}/base:one");
        daemon.Docker("run", "-d", "--name", "box", $"{images.Host}/base:one", "sleep", "1000");
        await using Browser browser = await Browser.StartAsync(sandbox);
        IPage page = browser.Page;
        await page.SetViewportAsync(new ViewPortOptions { Width = 1000, Height = 700 });
        await page.GoToAsync($"http://{RemoteDaemon.HostOf(daemon)}/ui/");
        await browser.UseTokenAsync();
        await browser.SeeAsync("box");

        await TabToAsync(page, "Containers");
        await page.Keyboard.PressAsync("Enter");
        await browser.SeeAsync("newest first");
        await TabToAsync(page, "box");
        daemon.Docker("create", "--name", "late", $"{images.Host}/base:one", "true");
        await browser.SeeAsync("late");
        Assert.Equal("box", await FocusedAsync(page));
        await page.Keyboard.PressAsync("Enter");
        await browser.SeeAsync("Restart policy");
        await TabToAsync(page, "Pause");
        await page.Keyboard.PressAsync("Enter");
        await browser.SeeAsync("Resume");
        await page.WaitForFunctionAsync("() => document.activeElement?.closest('.actions') !== null");
        await TabToAsync(page, "Summary");
        foreach (string tab in (string[])["Start", "Logs"])
        {
            await page.Keyboard.PressAsync("ArrowRight");
            Assert.Equal(tab, await FocusedAsync(page));
            await page.Keyboard.PressAsync("Enter");
            await page.WaitForFunctionAsync("tab => document.querySelector('[role=tab][aria-selected=true]')?.textContent === tab && document.activeElement?.textContent === tab", new WaitForFunctionOptions(), tab);
        }

        await page.Keyboard.PressAsync("ArrowLeft");
        Assert.Equal("Start", await FocusedAsync(page));
        await page.ReloadAsync();
        await page.WaitForSelectorAsync("main h1");
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the content", await FocusedAsync(page));
        Assert.Empty(browser.Complaints);
        daemon.Docker("rm", "-f", "box", "late");
    }

    /// <summary>Presses Tab until an element with this text has the focus, and looks at the outline of each on the way.</summary>
    private static async Task TabToAsync(IPage page, string text)
    {
        const int Most = 60;
        for (int presses = 0; presses < Most; presses++)
        {
            await page.Keyboard.PressAsync("Tab");
            string focused = await FocusedAsync(page);
            Assert.True(
                await page.EvaluateExpressionAsync<bool>("document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== 'none'"), $"'{focused}' has the focus without an outline");
            if (focused == text)
            {
                return;
            }
        }

        Assert.Fail($"Tab does not reach '{text}'");
    }

    private static Task<string> FocusedAsync(IPage page) => page.EvaluateExpressionAsync<string>("(document.activeElement?.textContent ?? '').trim()");

    /// <summary>A container whose command does not exist: its start, and itself.</summary>
    private static async Task LookAtFailureAsync(Browser browser)
    {
        await browser.PressAsync("link", "Starts");
        await browser.SeeAsync("newest first");
        await TakePicturesAsync(browser.Page, "starts");
        await browser.PressAsync("link", "broken");
        await browser.SeeAsync("The process never ran");
        await browser.SeeAsync("nothing-here: not found in the image");
        await TakePicturesAsync(browser.Page, "failed-start");

        await browser.PressAsync("link", "Containers");
        await browser.PressAsync("link", "broken");
        await browser.SeeAsync("nothing-here");
        await TakePicturesAsync(browser.Page, "failed");
    }

    private static async Task UseTerminalAsync(Browser browser)
    {
        IPage page = browser.Page;
        await browser.PressAsync("tab", "Terminal");
        await browser.PressAsync("button", "Open a terminal");
        IFrame terminal = (await page.WaitForFrameAsync(frame => frame.Url.Contains("terminal.html", StringComparison.Ordinal)))!;
        await terminal.WaitForSelectorAsync(".xterm-screen");
        await browser.SeeAsync("/ #", terminal);
        await page.Keyboard.TypeAsync("echo $((6*7))$TERM; busybox stty size");
        await page.Keyboard.PressAsync("Enter");
        await browser.SeeAsync("42xterm-256color", terminal);
        await TakePicturesAsync(page, "terminal");
        await page.Keyboard.TypeAsync("exit 4");
        await page.Keyboard.PressAsync("Enter");
        await browser.SeeAsync("ended with 4", terminal);
    }

    private static async Task TakePictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable(PicturesVariable) is { Length: > 0 } directory)
        {
            await page.ScreenshotAsync(Path.Combine(directory, $"{name}.png"));
        }
    }

    private static async Task TakePicturesAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable(PicturesVariable) is not { Length: > 0 } directory)
        {
            return;
        }

        ViewPortOptions desktop = new() { Width = 1280, Height = 860 };
        foreach ((string kind, ViewPortOptions size, string scheme) in new[] { ("light", desktop, "light"), ("dark", desktop, "dark"), ("phone", new ViewPortOptions { Width = 390, Height = 844 }, "light") })
        {
            await page.SetViewportAsync(size);
            await page.EmulateMediaFeaturesAsync([new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme }]);
            await page.ScreenshotAsync(Path.Combine(directory, $"{name}-{kind}.png"));
        }

        await page.SetViewportAsync(desktop);
    }
}
