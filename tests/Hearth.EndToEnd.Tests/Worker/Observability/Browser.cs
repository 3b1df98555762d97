using Hearth.EndToEnd.Tests.Support;
using PuppeteerSharp;

namespace Hearth.EndToEnd.Tests.Worker.Observability;

/// <summary>Debian's Chromium without a window, and one page in it. What the page complains about fails the test.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan deadline = TimeSpan.FromMinutes(1);

    private readonly IBrowser browser;
    private readonly List<string> complaints = [];

    private Browser(IBrowser browser, IPage page)
    {
        this.browser = browser;
        Page = page;
        page.DefaultTimeout = (int)deadline.TotalMilliseconds;
        page.PageError += (_, error) => complaints.Add(error.Message);
        page.Console += (_, message) =>
        {
            // A refused request, such as one without the token, is part of the test.
            if (message.Message.Type == ConsoleType.Error && !message.Message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                complaints.Add(message.Message.Text);
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Errors, and what the policy of the page's contents has blocked.</summary>
    public IReadOnlyList<string> Complaints => complaints;

    public static async Task<Browser> StartAsync(Sandbox sandbox)
    {
        // The tests run as root, which Chromium's own sandbox does not allow.
        IBrowser browser = await Puppeteer.LaunchAsync(new LaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Headless = true,
            UserDataDir = sandbox.PathOf("chromium"),
            Timeout = (int)deadline.TotalMilliseconds,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking"],
        });
        return new Browser(browser, (await browser.PagesAsync())[0]);
    }

    public async ValueTask DisposeAsync()
    {
        await browser.CloseAsync();
        await browser.DisposeAsync();
    }

    /// <summary>Answers the page's question for the token.</summary>
    public async Task UseTokenAsync()
    {
        await (await Page.WaitForSelectorAsync("#token")).TypeAsync(RemoteDaemon.Token);
        await Page.Keyboard.PressAsync("Enter");
        await Page.WaitForSelectorAsync("main h1");
    }

    /// <summary>Waits until the page shows a text.</summary>
    public async Task SeeAsync(string text, IFrame? frame = null)
    {
        try
        {
            await (frame ?? Page.MainFrame).WaitForFunctionAsync("text => document.body.innerText.includes(text)", new WaitForFunctionOptions(), text);
        }
        catch (WaitTaskTimeoutException)
        {
            string shown = await (frame ?? Page.MainFrame).EvaluateExpressionAsync<string>("document.body.innerText");
            Assert.Fail($"the page does not show '{text}', but: {shown}\n{string.Join('\n', complaints)}");
        }
    }

    /// <summary>Presses what has a role and a name: a link, a button or a tab.</summary>
    public async Task PressAsync(string role, string name)
    {
        IElementHandle found = await Page.WaitForSelectorAsync($"::-p-aria({name}[role=\"{role}\"])");
        await found.EvaluateFunctionAsync("each => each.click()");
    }
}
